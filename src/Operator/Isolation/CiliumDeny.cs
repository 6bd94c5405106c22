using System.Text.Json.Nodes;

namespace Operator.Isolation;

/// <summary>
/// What a CiliumClusterwideNetworkPolicy must say. Its allow rules do not matter, as deny rules come before them. The pod's own node may reach it:
/// probes come from there.
/// </summary>
internal static class CiliumDeny
{
    private const string PodNamespace = "io.kubernetes.pod.namespace";
    private static readonly string[] Outside = ["world", "remote-node"];

    public static string? Lacks(JsonObject spec)
    {
        if (!spec.At("endpointSelector").SelectsQuarantined())
            return "its endpointSelector is not the quarantine label";
        var ingress = Rules(spec, "ingressDeny", "fromEndpoints", "fromEntities");
        var from = Entities(ingress, "fromEntities");
        if (!from.Contains("all") && (!Outside.All(from.Contains) || !(from.Contains("cluster") || ingress.SelectMany(r => r.At("fromEndpoints").Objects()).Any(e => e.SelectsWhatHas(PodNamespace)))))
            return "its ingressDeny does not cover every pod, other nodes and the world";
        return Entities(Rules(spec, "egressDeny", "toEntities"), "toEntities").Contains("all") ? null : "its egressDeny does not cover all entities";
    }

    /// <summary>Rules with one of these fields and nothing that narrows it down.</summary>
    private static List<JsonObject> Rules(JsonObject spec, string direction, params string[] peers) =>
        [.. spec.At(direction).Objects().Where(r => r.Count == 1 && peers.Contains(r.First().Key))];

    private static HashSet<string> Entities(IEnumerable<JsonObject> rules, string field) => [.. rules.SelectMany(r => r.At(field).Texts())];
}
