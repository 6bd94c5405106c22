using k8s;
using k8s.Models;
using Operator.DevCluster;
using Operator.DevCluster.Authorization;

namespace Operator.Tests.Access;

/// <summary>A rule as config/rbac ships it, with the comment that says why.</summary>
internal sealed record ShippedRule(string Role, string? Namespace, string Why, V1PolicyRule Rule)
{
    /// <summary>Everything it grants, one by one.</summary>
    public IEnumerable<GrantedRight> Rights =>
        from resource in Rule.Resources ?? []
        from verb in Rule.Verbs
        from name in Rule.ResourceNames is { Count: > 0 } names ? names : [""]
        select new GrantedRight(this, resource, verb, name);

    /// <summary>Which of its rights lets a call pass; null if none.</summary>
    public GrantedRight? For(AccessAttributes asked) =>
        Allows(asked) ? new(this, asked.CombinedResource, asked.Verb, Rule.ResourceNames is { Count: > 0 } ? asked.Name : "") : null;

    private bool Allows(AccessAttributes asked) => (Namespace is null || asked.Namespace == Namespace) && new PolicyRule
    {
        Verbs = [.. Rule.Verbs],
        ApiGroups = [.. Rule.ApiGroups ?? []],
        Resources = [.. Rule.Resources ?? []],
        ResourceNames = [.. Rule.ResourceNames ?? []],
    }.Allows(asked);
}

/// <summary>One verb on one resource, or on one object of it.</summary>
internal sealed record GrantedRight(ShippedRule Rule, string Resource, string Verb, string Name)
{
    public override string ToString() => $"{Rule.Role}: {Verb} {Resource}{(Name.Length == 0 ? "" : $" {Name}")}";
}

/// <summary>What stands in config/rbac.</summary>
internal static class ShippedRoles
{
    public const string Users = "users.yaml";
    private static readonly string Folder = Path.Combine(RepositoryRoot.Folder, "config", "rbac");

    /// <summary>In the order in which kustomize lists them.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. File.ReadLines(Path.Combine(Folder, "kustomization.yaml")).Where(l => l.StartsWith("- ", StringComparison.Ordinal)).Select(l => Path.Combine(Folder, l[2..].Trim()))];

    /// <summary>The rules of the operator's own roles.</summary>
    public static IReadOnlyList<ShippedRule> Operator { get; } = [.. Files.Where(f => Path.GetFileName(f) != Users).SelectMany(Read)];

    /// <summary>The rules of the roles for people.</summary>
    public static IReadOnlyList<ShippedRule> People { get; } = [.. Read(Path.Combine(Folder, Users))];

    private static IEnumerable<ShippedRule> Read(string file)
    {
        foreach (var document in File.ReadAllText(file).ReplaceLineEndings("\n").Split("\n---\n"))
        {
            var manifest = Yaml.Documents(document).Single();
            var (name, ns, rules) = manifest.Kind is "ClusterRole" or "Role" && KubernetesJson.Deserialize<V1ClusterRole>(manifest.ToJsonString()) is var role
                ? (role.Name(), role.Namespace(), role.Rules)
                : ("", null, []);
            var whys = Comments(document).ToList();
            if (rules.Count > 0 && whys.Count != rules.Count)
                throw new InvalidOperationException($"{file}: {name} has {rules.Count} rules, of which {whys.Count} say why");
            foreach (var (rule, why) in rules.Zip(whys))
                yield return new(name, ns, why, rule);
        }
    }

    /// <summary>The comment before each rule.</summary>
    private static IEnumerable<string> Comments(string document)
    {
        List<string> comment = [];
        foreach (var line in document.Split('\n').SkipWhile(l => l != "rules:"))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
                comment.Add(line[2..]);
            else if (line.StartsWith("- ", StringComparison.Ordinal) && comment.Count > 0)
                yield return string.Join(' ', comment);
            if (!line.StartsWith("# ", StringComparison.Ordinal))
                comment.Clear();
        }
    }
}
