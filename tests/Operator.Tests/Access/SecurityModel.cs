using System.Text;

namespace Operator.Tests.Access;

/// <summary>docs/security-model.md, whose tables of rights are written from config/rbac and from what a run used.</summary>
internal static class SecurityModel
{
    private const string Begin = "<!-- rights: written by the tests, UPDATE_GOLDEN=1 writes it anew -->";
    private const string End = "<!-- end of rights -->";
    private static readonly string Document = Path.Combine(RepositoryRoot.Folder, "docs", "security-model.md");

    public static void Check(IReadOnlySet<GrantedRight> used)
    {
        var text = File.ReadAllText(Document).ReplaceLineEndings("\n");
        var (before, after) = (text[..(text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)], text[text.IndexOf(End, StringComparison.Ordinal)..]);
        var expected = $"{before}\n\n{Tables(used)}{after}";
        // UPDATE_GOLDEN=1 writes it anew, for its change to be reviewed.
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is not null)
            File.WriteAllText(Document, expected);
        else
            text.Should().Be(expected, "{0} is written from config/rbac", Document);
    }

    private static string Tables(IReadOnlySet<GrantedRight> used)
    {
        var text = new StringBuilder();
        foreach (var role in ShippedRoles.Operator.GroupBy(r => (r.Role, r.Namespace)))
        {
            text.Append($"### {(role.Key.Namespace is null ? "ClusterRole" : "Role")} `{role.Key.Role}`{(role.Key.Namespace is { } ns ? $" in `{ns}`" : "")}\n\n");
            text.Append("| resource | granted | used by the suite | why |\n|---|---|---|---|\n");
            foreach (var rule in role)
            {
                foreach (var resource in rule.Rule.Resources)
                {
                    var unused = rule.Rights.Where(r => r.Resource == resource && !used.Contains(r)).ToList();
                    text.Append($"| {Name(rule, resource)} | {string.Join(", ", rule.Rule.Verbs)} | {(unused.Count == 0 ? "all" : $"not yet: {string.Join(", ", unused.Select(r => r.Verb).Distinct())}")} | {rule.Why} |\n");
                }
            }
            text.Append('\n');
        }
        text.Append("### For people\n\n| role | resource | granted | why |\n|---|---|---|---|\n");
        foreach (var rule in ShippedRoles.People)
            text.Append($"| `{rule.Role}` | {string.Join(", ", rule.Rule.Resources.Select(r => Name(rule, r)))} | {string.Join(", ", rule.Rule.Verbs)} | {rule.Why} |\n");
        return text.Append('\n').ToString();
    }

    private static string Name(ShippedRule rule, string resource)
    {
        var group = rule.Rule.ApiGroups[0].Length == 0 ? "" : $".{rule.Rule.ApiGroups[0]}";
        var (plural, subresource) = resource.Split('/') is [var first, var second] ? (first, $"/{second}") : (resource, "");
        var names = rule.Rule.ResourceNames is { Count: > 0 } list ? $" {string.Join(", ", list.Select(n => $"`{n}`"))}" : "";
        return $"`{plural}{group}{subresource}`{names}";
    }
}
