using System.Net;
using System.Text.Json;

namespace Operator.Runtime;

/// <summary>Which resources an API server serves, asked by group and version: an optional API is no error where it is missing.</summary>
public sealed class ResourceDiscovery(KubernetesConnection connection)
{
    /// <summary>Plural names of the resources; none where the group or the version is not served.</summary>
    public async Task<IReadOnlySet<string>> ResourcesAsync(string group, string version, CancellationToken cancellation = default) =>
        (await ServedAsync(group, version, cancellation)).Select(r => r.Name).ToHashSet();

    /// <summary>The resource of a kind; null where it is not served.</summary>
    public async Task<ServedResource?> ResourceOfAsync(string group, string version, string kind, CancellationToken cancellation = default) =>
        (await ServedAsync(group, version, cancellation)).FirstOrDefault(r => r.Kind == kind && !r.Name.Contains('/'));

    private async Task<IReadOnlyList<ServedResource>> ServedAsync(string group, string version, CancellationToken cancellation)
    {
        // They come from owner references, too, which a tenant writes: what is no group or version is not served.
        if (!PathSegment.IsValid(version) || (group.Length > 0 && !PathSegment.IsValid(group)))
            return [];
        var path = group.Length == 0 ? $"api/{PathSegment.Escaped(version)}" : $"apis/{PathSegment.Escaped(group)}/{PathSegment.Escaped(version)}";
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), connection.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
            request.Headers.Accept.ParseAdd("application/json");
            using var response = await connection.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return [];
            if (!response.IsSuccessStatusCode)
                throw new ApiUnavailableException($"{path}: HTTP {(int)response.StatusCode}");
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            var list = await JsonSerializer.DeserializeAsync(body, RuntimeJson.Default.ServedResources, either.Token);
            return list?.Resources ?? throw new ApiUnavailableException($"{path}: no list of resources");
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new ApiUnavailableException($"{path}: no answer in time", late);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException)
        {
            throw new ApiUnavailableException($"{path}: {failure.Message}", failure);
        }
    }
}

/// <summary>meta/v1 APIResourceList.</summary>
internal sealed record ServedResources
{
    public List<ServedResource>? Resources { get; set; }
}

/// <summary>meta/v1 APIResource: a plural name and the kind of what is served under it; a subresource's name has a slash.</summary>
public sealed record ServedResource
{
    public string Name { get; set; } = "";
    public string Kind { get; set; } = "";
    public bool Namespaced { get; set; }
}
