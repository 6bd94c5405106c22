using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Operator.DevCluster.Authentication;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Authorization;

/// <summary>Roles and bindings as they stand in the store at one moment.</summary>
internal sealed class RoleIndex
{
    private static readonly string[] Kinds = [.. new[] { "clusterroles", "clusterrolebindings", "roles", "rolebindings" }.Select(k => $"{k}.{Group}")];
    private readonly ImmutableArray<StorageEvent> read;
    private readonly Dictionary<ObjectName, List<PolicyRule>> clusterRoles, roles;
    private readonly List<Binding> clusterBindings;
    private readonly ILookup<string, Binding> bindings;

    private RoleIndex(ImmutableArray<StorageEvent> read)
    {
        this.read = read;
        (clusterRoles, roles) = (Rules(read[0]), Rules(read[2]));
        clusterBindings = [.. read[1].State.Values.Select(Binding.Of)];
        bindings = read[3].State.Values.Select(Binding.Of).ToLookup(b => b.Namespace);
    }

    public const string Group = "rbac.authorization.k8s.io";

    /// <summary>The given index if nothing has changed since, else a new one.</summary>
    public static RoleIndex Of(ObjectStore store, RoleIndex? known)
    {
        ImmutableArray<StorageEvent> now = [.. Kinds.Select(k => store.History(k).Latest)];
        return known is not null && known.read.SequenceEqual(now) ? known : new(now);
    }

    /// <summary>Every rule that applies to a user in a namespace and where it comes from, and what could not be found out.</summary>
    public (List<(PolicyRule Rule, string Source)> Rules, List<string> Errors) RulesFor(UserInfo user, string space)
    {
        List<(PolicyRule, string)> rules = [];
        List<string> errors = [];
        foreach (var binding in space.Length > 0 ? clusterBindings.Concat(bindings[space]) : clusterBindings)
        {
            if (binding.SubjectOf(user) is not { } subject)
                continue;
            var found = binding.RoleKind == "Role" ? roles.GetValueOrDefault(new(space, binding.Role)) : clusterRoles.GetValueOrDefault(new("", binding.Role));
            if (found is not null)
                rules.AddRange(found.Select(rule => (rule, $"{binding} to {subject}")));
            else
                errors.Add($"{binding.RoleKind.ToLowerInvariant()}.{Group} \"{binding.Role}\" not found");
        }
        return (rules, errors);
    }

    private static Dictionary<ObjectName, List<PolicyRule>> Rules(StorageEvent read) =>
        read.State.ToDictionary(role => role.Key, role => role.Value.Json.Items("rules").Select(PolicyRule.FromJson).ToList());

    private sealed record Binding(string Namespace, string Name, string RoleKind, string Role, IReadOnlyList<JsonObject> Subjects)
    {
        public static Binding Of(StoredObject stored) =>
            new(stored.Json.Namespace, stored.Json.Name, stored.Json.TextAt("roleRef", "kind"), stored.Json.TextAt("roleRef", "name"), [.. stored.Json.Items("subjects")]);

        public override string ToString() =>
            $"{(Namespace.Length == 0 ? $"ClusterRoleBinding \"{Name}\"" : $"RoleBinding \"{Name}/{Namespace}\"")} of {RoleKind} \"{Role}\"";

        /// <summary>The first subject that is this user; null if none is.</summary>
        public string? SubjectOf(UserInfo user) => Subjects
            .Where(subject => Is(user, subject))
            .Select(subject => $"{subject.Kind} \"{subject.Text("name")}{(subject.Kind == "ServiceAccount" ? $"/{Home(subject)}" : "")}\"")
            .FirstOrDefault();

        private bool Is(UserInfo user, JsonObject subject) => (subject.Kind, subject.Text("name") ?? "") switch
        {
            ("User", var name) => user.Name == name,
            ("Group", var name) => user.Groups.Contains(name),
            ("ServiceAccount", var name) => Home(subject) is { Length: > 0 } home && user.Name == UserInfo.ServiceAccount(home, name).Name,
            _ => false,
        };

        private string Home(JsonObject subject) => subject.Text("namespace") is { Length: > 0 } own ? own : Namespace;
    }
}
