using System.Text.Json.Nodes;

namespace Operator.DevCluster.Resources;

/// <summary>The defaults of a NetworkPolicy spec.</summary>
internal static class NetworkPolicies
{
    public static void Default(JsonObject spec)
    {
        spec.Default("podSelector", new JsonObject());
        spec.Default("policyTypes", spec.Items("egress").Any() ? new JsonArray("Ingress", "Egress") : new JsonArray("Ingress"));
        foreach (var port in spec.Items("ingress").Concat(spec.Items("egress")).SelectMany(rule => rule.Items("ports")))
            port.Default("protocol", "TCP");
    }
}
