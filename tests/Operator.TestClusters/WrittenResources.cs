using System.Collections.Concurrent;
using Operator.DevCluster.Server;

namespace Operator.TestClusters;

/// <summary>Of which resources, and in which namespaces, objects were made since the server was last clean: the only ones that need cleaning.</summary>
internal sealed class WrittenResources
{
    private readonly ConcurrentDictionary<(string Root, string Resource, string Namespace), bool> written = new();

    public IEnumerable<(string Root, string Resource, string Namespace)> All => written.Keys;

    /// <summary>Hears of every request that was answered.</summary>
    public void See(ApiRequest request)
    {
        if (!request.Resource.EndsWith("reviews", StringComparison.Ordinal) && request is { IsWrite: true, Subresource: "", Resource.Length: > 0, ResponseCode: < 400 })
            written[(request.Group.Length == 0 ? $"api/{request.Version}" : $"apis/{request.Group}/{request.Version}", request.Resource, Space(request))] = true;
    }

    /// <summary>A namespace stands in its own path, too.</summary>
    private static string Space(ApiRequest request) => request.Resource == "namespaces" ? "" : request.Namespace;
}
