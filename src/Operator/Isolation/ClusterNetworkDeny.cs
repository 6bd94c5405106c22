using System.Text.Json.Nodes;

namespace Operator.Isolation;

/// <summary>What a ClusterNetworkPolicy or AdminNetworkPolicy must say, the highest priority included: another one with it is for the platform team to rule out.</summary>
internal static class ClusterNetworkDeny
{
    private static readonly string[] EveryNetwork = ["0.0.0.0/0", "::/0"];

    public static string? Lacks(JsonObject spec) =>
        spec.At("tier").Text() != "Admin" ? "its tier is not Admin" : LacksAsAdminNetworkPolicy(spec);

    public static string? LacksAsAdminNetworkPolicy(JsonObject spec)
    {
        if (spec.At("priority").Number() is not 0)
            return "its priority is not 0";
        var pods = spec.At("subject", "pods");
        if (!pods.At("namespaceSelector").SelectsEverything() || !pods.At("podSelector").SelectsQuarantined())
            return "its subject is not every pod with the quarantine label";
        if (Others(spec, "ingress") is { } ingress)
            return ingress;
        if (Others(spec, "egress") is { } egress)
            return egress;
        if (!Denied(spec, "ingress", "from").Any(p => p.At("namespaces").SelectsEverything()))
            return "it does not deny what comes from every pod";
        var to = Denied(spec, "egress", "to").ToList();
        var networks = to.SelectMany(p => p.At("networks").Texts()).ToHashSet();
        return to.Any(p => p.At("namespaces").SelectsEverything()) && EveryNetwork.All(networks.Contains)
            ? null
            : "it does not deny what goes to every pod and network";
    }

    private static string? Others(JsonObject spec, string direction) =>
        spec.At(direction).Objects().Any(r => r.At("action").Text() != "Deny") ? $"its {direction} has a rule that is no Deny" : null;

    /// <summary>The peers of rules that deny every protocol and port.</summary>
    private static IEnumerable<JsonObject> Denied(JsonObject spec, string direction, string peers) =>
        spec.At(direction).Objects().Where(r => r.HasOnly("name", "action", peers)).SelectMany(r => r.At(peers).Objects()).Where(p => p.Count == 1);
}
