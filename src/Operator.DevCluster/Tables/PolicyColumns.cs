using System.Text.Json.Nodes;
using static Operator.DevCluster.Tables.BuiltinColumns;
using static Operator.DevCluster.Tables.Column;

namespace Operator.DevCluster.Tables;

/// <summary>The columns of what says who may do what, and how much.</summary>
internal static class PolicyColumns
{
    private static readonly Column[] RoleBinding =
    [
        ObjectName, Text("Role", json => $"{json.TextAt("roleRef", "kind")}/{json.TextAt("roleRef", "name")}"), Age,
        Text("Users", json => Subjects(json, "User")).Wide(), Text("Groups", json => Subjects(json, "Group")).Wide(),
        Text("ServiceAccounts", json => Subjects(json, "ServiceAccount")).Wide(),
    ];

    private static readonly Column[] Binding = [ObjectName, Text("PolicyName", "spec", "policyName"), Text("ParamRef", ParameterReference), Age];

    public static IReadOnlyDictionary<string, IReadOnlyList<Column>> All { get; } = new Dictionary<string, IReadOnlyList<Column>>
    {
        ["rolebindings.rbac.authorization.k8s.io"] = RoleBinding,
        ["clusterrolebindings.rbac.authorization.k8s.io"] = RoleBinding,
        ["resourcequotas"] =
        [
            ObjectName, Text("Request", json => Quota(json, limits: false)), Text("Limit", json => Quota(json, limits: true)), Age,
        ],
        ["poddisruptionbudgets.policy"] =
        [
            ObjectName, Text("Min Available", json => Or(json.TextAt("spec", "minAvailable"), "N/A")),
            Text("Max Unavailable", json => Or(json.TextAt("spec", "maxUnavailable"), "N/A")),
            Number("Allowed Disruptions", "status", "disruptionsAllowed"), Age,
        ],
        ["priorityclasses.scheduling.k8s.io"] =
        [
            ObjectName, Number("Value", "value"), new("Global-Default", "boolean", (json, _) => json.Flag("globalDefault")), Age,
            Text("PreemptionPolicy", json => json.TextAt("preemptionPolicy")),
        ],
        ["flowschemas.flowcontrol.apiserver.k8s.io"] =
        [
            ObjectName, Text("PriorityLevel", "spec", "priorityLevelConfiguration", "name"), Number("MatchingPrecedence", "spec", "matchingPrecedence"),
            Text("DistinguisherMethod", json => Or(json.TextAt("spec", "distinguisherMethod", "type"), "<none>")), Age,
            Text("MissingPL", json => json.Items("status", "conditions").Where(c => c.Text("type") == "Dangling").Select(c => c.Text("status")).FirstOrDefault() ?? "?"),
        ],
        ["prioritylevelconfigurations.flowcontrol.apiserver.k8s.io"] =
        [
            ObjectName, Text("Type", "spec", "type"), Text("NominalConcurrencyShares", json => Limited(json, "nominalConcurrencyShares")),
            Text("Queues", json => Limited(json, "limitResponse", "queuing", "queues")), Text("HandSize", json => Limited(json, "limitResponse", "queuing", "handSize")),
            Text("QueueLengthLimit", json => Limited(json, "limitResponse", "queuing", "queueLengthLimit")), Age,
        ],
        ["validatingadmissionpolicies.admissionregistration.k8s.io"] = Admission("Validations"),
        ["mutatingadmissionpolicies.admissionregistration.k8s.io"] = Admission("Mutations"),
        ["validatingadmissionpolicybindings.admissionregistration.k8s.io"] = Binding,
        ["mutatingadmissionpolicybindings.admissionregistration.k8s.io"] = Binding,
    };

    private static string Limited(JsonObject level, params string[] path) => level.At(["spec", "limited", .. path])?.ToString() ?? "<none>";

    private static Column[] Admission(string rules) =>
    [
        ObjectName, new(rules, "integer", (json, _) => json.Items("spec", rules.ToLowerInvariant()).Count()),
        Text("ParamKind", json => json.At("spec", "paramKind") is JsonObject kind ? $"{kind.ApiVersion}/{kind.Kind}" : "<unset>"), Age,
    ];

    private static string ParameterReference(JsonObject binding)
    {
        if (binding.At("spec", "paramRef") is not JsonObject reference)
            return "<unset>";
        return reference.Text("name") is { Length: > 0 } name
            ? $"{Or(reference.TextAt("namespace"), "*")}/{name}"
            : Selector(reference["selector"]);
    }

    private static string Subjects(JsonObject binding, string kind) => string.Join(
        ", ", binding.Items("subjects").Where(s => s.Kind == kind).Select(s => kind == "ServiceAccount" ? $"{s.Text("namespace")}/{s.Text("name")}" : s.Text("name")));

    /// <summary>Only what somebody has counted: no controller here does.</summary>
    private static string Quota(JsonObject quota, bool limits) => string.Join(", ", (quota.At("status", "hard") as JsonObject ?? [])
        .Where(h => h.Key.StartsWith("limits.", StringComparison.Ordinal) == limits).OrderBy(h => h.Key, StringComparer.Ordinal)
        .Select(h => $"{h.Key}: {Or(quota.TextAt("status", "used", h.Key), "0")}/{h.Value}"));
}
