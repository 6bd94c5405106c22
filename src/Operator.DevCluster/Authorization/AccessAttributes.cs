using Operator.DevCluster.Server;

namespace Operator.DevCluster.Authorization;

/// <summary>What somebody wants to do: a verb on a resource, or on a path that is none.</summary>
public sealed record AccessAttributes
{
    public string Verb { get; init; } = "";
    public string Group { get; init; } = "";

    /// <summary>The plural name; empty for a path that is no resource.</summary>
    public string Resource { get; init; } = "";
    public string Subresource { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>The path of what is no resource.</summary>
    public string Path { get; init; } = "";

    /// <summary>As rules name it: <c>pods/log</c>.</summary>
    public string CombinedResource => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";

    public static AccessAttributes Of(ApiRequest request) => request.Resource.Length == 0
        ? new() { Verb = request.Verb, Path = request.Path }
        : new()
        {
            Verb = request.Verb,
            Group = request.Group,
            Resource = request.Resource,
            Subresource = request.Subresource,
            // A namespace lies in itself.
            Namespace = request is { Group: "", Resource: "namespaces" } ? request.Name : request.Namespace,
            Name = request.Name.Length > 0 ? request.Name : SelectedName(request),
        };

    /// <summary>Who lists or watches one object by its name asks for that object.</summary>
    private static string SelectedName(ApiRequest request)
    {
        const string field = "metadata.name=";
        return request.Verb is not ("list" or "watch" or "deletecollection") ? "" :
            (request.Parameter("fieldSelector") ?? "").Split(',')
                .Where(term => term.StartsWith(field, StringComparison.Ordinal))
                .Select(term => term[field.Length..].TrimStart('='))
                .FirstOrDefault("");
    }
}
