using System.Text.Json.Nodes;

namespace Operator.DevCluster.Authorization;

/// <summary>A rule of a role, matched as Kubernetes' RBAC authorizer does.</summary>
public sealed record PolicyRule
{
    private const string All = "*";

    public IReadOnlyList<string> Verbs { get; init; } = [];
    public IReadOnlyList<string> ApiGroups { get; init; } = [];
    public IReadOnlyList<string> Resources { get; init; } = [];
    public IReadOnlyList<string> ResourceNames { get; init; } = [];
    public IReadOnlyList<string> NonResourceUrls { get; init; } = [];

    public static PolicyRule FromJson(JsonObject json) => new()
    {
        Verbs = Strings(json, "verbs"),
        ApiGroups = Strings(json, "apiGroups"),
        Resources = Strings(json, "resources"),
        ResourceNames = Strings(json, "resourceNames"),
        NonResourceUrls = Strings(json, "nonResourceURLs"),
    };

    public bool Allows(AccessAttributes asked) => Has(Verbs, asked.Verb) && (asked.Resource.Length == 0
        ? NonResourceUrls.Any(url => MatchesUrl(url, asked.Path))
        : Has(ApiGroups, asked.Group)
            && Resources.Any(resource => MatchesResource(resource, asked))
            && (ResourceNames.Count == 0 || ResourceNames.Contains(asked.Name)));

    private static bool Has(IReadOnlyList<string> allowed, string value) => allowed.Contains(All) || allowed.Contains(value);

    private static bool MatchesResource(string allowed, AccessAttributes asked) =>
        allowed == All || allowed == asked.CombinedResource || (asked.Subresource.Length > 0 && allowed == $"*/{asked.Subresource}");

    private static bool MatchesUrl(string allowed, string path) =>
        allowed == All || allowed == path || (allowed.EndsWith('*') && path.StartsWith(allowed.TrimEnd('*'), StringComparison.Ordinal));

    private static List<string> Strings(JsonObject json, string key) => json[key] is JsonArray list ? [.. list.Select(v => v!.GetValue<string>())] : [];
}
