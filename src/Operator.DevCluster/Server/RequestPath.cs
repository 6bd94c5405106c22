namespace Operator.DevCluster.Server;

/// <summary>A path below <c>/api/v1</c> or <c>/apis/group/version</c>, taken apart.</summary>
internal sealed record RequestPath(string Group, string Version, string Resource)
{
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";
    public string Subresource { get; init; } = "";

    /// <summary>Null if the path names no resource.</summary>
    public static RequestPath? Parse(string path)
    {
        string[] parts = [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
        return parts switch
        {
            ["api", var version, .. var rest] => Parse("", version, rest),
            ["apis", var group, var version, .. var rest] => Parse(group, version, rest),
            _ => null,
        };
    }

    private static RequestPath? Parse(string group, string version, string[] rest) => rest switch
    {
        // A namespace is both a resource of its own and the place of others.
        ["namespaces", var name, "status" or "finalize"] =>
            new(group, version, "namespaces") { Name = name, Subresource = rest[2] },
        ["namespaces", var space, var resource, .. var more] => Named(new(group, version, resource) { Namespace = space }, more),
        [var resource, .. var more] => Named(new(group, version, resource), more),
        _ => null,
    };

    private static RequestPath? Named(RequestPath path, string[] rest) => rest switch
    {
        [] => path,
        [var name] => path with { Name = name },
        [var name, var subresource] => path with { Name = name, Subresource = subresource },
        _ => null,
    };
}
