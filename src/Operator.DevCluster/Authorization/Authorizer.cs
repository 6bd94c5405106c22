using Operator.DevCluster.Authentication;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Authorization;

/// <summary>Whether somebody may do something, and why not.</summary>
internal readonly record struct AccessDecision(bool Allowed, string Reason);

/// <summary>Role-based access control over the roles and bindings in the store. system:masters may do everything.</summary>
internal sealed class Authorizer(ObjectStore store)
{
    private volatile RoleIndex? index;

    public AccessDecision Authorize(UserInfo user, AccessAttributes asked)
    {
        if (user.IsMaster)
            return new(true, "");
        var (rules, errors) = RulesFor(user, asked.Namespace);
        return rules.FirstOrDefault(r => r.Rule.Allows(asked)) is { Source: { } source }
            ? new(true, $"RBAC: allowed by {source}")
            : new(false, errors.Count == 0 ? "" : $"RBAC: {Aggregate(errors)}");
    }

    public (List<(PolicyRule Rule, string Source)> Rules, List<string> Errors) RulesFor(UserInfo user, string space) =>
        (index = RoleIndex.Of(store, index)).RulesFor(user, space);

    /// <summary>Refuses what is not allowed, in the words of a kube-apiserver.</summary>
    public void Require(UserInfo user, AccessAttributes asked)
    {
        if (Authorize(user, asked) is not { Allowed: false } refused)
        {
            RequireMayGrant(user, asked);
            return;
        }
        string why = Sanitized(Refusal(user, asked)) + (refused.Reason.Length == 0 ? "" : $": {refused.Reason}");
        throw new StatusException(asked.Resource.Length == 0 ? new(403, "Forbidden", $"forbidden: {why}") : Forbidden(asked, why));
    }

    /// <summary>A kube-apiserver compares the rights that are granted with those of whoever grants them. This one does not.</summary>
    private static void RequireMayGrant(UserInfo user, AccessAttributes asked)
    {
        if (asked is { Group: RoleIndex.Group, Verb: "create" or "update" or "patch" } && !user.IsMaster)
            throw new StatusException(Forbidden(asked, $"this server compares no rights, so that only {UserInfo.Masters} may write roles and bindings"));
    }

    private static ApiStatus Forbidden(AccessAttributes asked, string why)
    {
        GroupResource resource = new(asked.Group, asked.Resource);
        return new(403, "Forbidden", $"{resource}{(asked.Name.Length == 0 ? "" : $" \"{asked.Name}\"")} is forbidden: {why}")
        {
            Group = asked.Group,
            Kind = asked.Resource,
            Name = asked.Name,
        };
    }

    private static string Refusal(UserInfo user, AccessAttributes asked) => asked.Resource.Length == 0
        ? $"User \"{user.Name}\" cannot {asked.Verb} path \"{asked.Path}\""
        : $"User \"{user.Name}\" cannot {asked.Verb} resource \"{asked.CombinedResource}\" in API group \"{asked.Group}\" "
            + (asked.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{asked.Namespace}\"");

    private static string Sanitized(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    private static string Aggregate(List<string> errors) => errors is [var only] ? only : $"[{string.Join(", ", errors.Distinct())}]";
}
