using System.Text.Json.Nodes;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>Roles and ClusterRoles.</summary>
internal sealed class RoleStrategy(bool namespaced) : ResourceStrategy
{
    public override IEnumerable<StatusCause> Validate(JsonObject json)
    {
        if (json["aggregationRule"] is not null)
            yield return StatusCause.Forbidden("aggregationRule", "this server aggregates no roles");
        int index = 0;
        foreach (var rule in json.Items("rules").Select(PolicyRule.FromJson))
        {
            string field = $"rules[{index++}]";
            if (rule.Verbs.Count == 0)
                yield return StatusCause.Required($"{field}.verbs", "verbs must contain at least one value");
            if (rule.NonResourceUrls.Count > 0)
            {
                string urls = $"[{string.Join(", ", rule.NonResourceUrls.Select(u => $"\"{u}\""))}]";
                if (namespaced)
                    yield return StatusCause.Invalid($"{field}.nonResourceURLs", urls, "namespaced rules cannot apply to non-resource URLs");
                if (rule.ApiGroups.Count + rule.Resources.Count + rule.ResourceNames.Count > 0)
                    yield return StatusCause.Invalid($"{field}.nonResourceURLs", urls, "rules cannot apply to both regular resources and non-resource URLs");
                continue;
            }
            if (rule.ApiGroups.Count == 0)
                yield return StatusCause.Required($"{field}.apiGroups", "resource rules must supply at least one api group");
            if (rule.Resources.Count == 0)
                yield return StatusCause.Required($"{field}.resources", "resource rules must supply at least one resource");
        }
    }
}

/// <summary>RoleBindings and ClusterRoleBindings.</summary>
internal sealed class RoleBindingStrategy(bool namespaced) : ResourceStrategy
{
    public override void Default(JsonObject json)
    {
        json.Ensure("roleRef").Default("apiGroup", RoleIndex.Group);
        foreach (var subject in json.Items("subjects").Where(s => s.Kind is "User" or "Group"))
            subject.Default("apiGroup", RoleIndex.Group);
    }

    public override IEnumerable<StatusCause> Validate(JsonObject json)
    {
        string[] kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
        if (json.TextAt("roleRef", "apiGroup") is var group && group != RoleIndex.Group)
            yield return Unsupported("roleRef.apiGroup", group, RoleIndex.Group);
        if (json.TextAt("roleRef", "kind") is var kind && !kinds.Contains(kind))
            yield return Unsupported("roleRef.kind", kind, kinds);
        if (json.TextAt("roleRef", "name").Length == 0)
            yield return StatusCause.Required("roleRef.name");
        int index = 0;
        foreach (var subject in json.Items("subjects"))
        {
            string field = $"subjects[{index++}]";
            if (string.IsNullOrEmpty(subject.Text("name")))
                yield return StatusCause.Required($"{field}.name");
            if (subject.Kind is not ("ServiceAccount" or "User" or "Group"))
                yield return Unsupported($"{field}.kind", subject.Kind, "ServiceAccount", "User", "Group");
            else if ((subject.Text("apiGroup") ?? "") is var own && own != (subject.Kind == "ServiceAccount" ? "" : RoleIndex.Group))
                yield return Unsupported($"{field}.apiGroup", own, subject.Kind == "ServiceAccount" ? "" : RoleIndex.Group);
            if (subject.Kind == "ServiceAccount" && !namespaced && string.IsNullOrEmpty(subject.Text("namespace")))
                yield return StatusCause.Required($"{field}.namespace");
        }
    }

    public override IEnumerable<StatusCause> ValidateUpdate(JsonObject json, JsonObject old)
    {
        if (!JsonNode.DeepEquals(json["roleRef"], old["roleRef"]))
            yield return StatusCause.Invalid("roleRef", json["roleRef"]?.ToJsonString() ?? "null", "cannot change roleRef");
    }

    private static StatusCause Unsupported(string field, string value, params string[] supported) =>
        new("FieldValueNotSupported", $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(s => $"\"{s}\""))}", field);
}
