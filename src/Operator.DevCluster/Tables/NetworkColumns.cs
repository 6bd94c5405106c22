using System.Text.Json.Nodes;
using static Operator.DevCluster.Tables.BuiltinColumns;
using static Operator.DevCluster.Tables.Column;

namespace Operator.DevCluster.Tables;

/// <summary>The columns of services and of what belongs to them.</summary>
internal static class NetworkColumns
{
    public static IReadOnlyDictionary<string, IReadOnlyList<Column>> All { get; } = new Dictionary<string, IReadOnlyList<Column>>
    {
        ["services"] =
        [
            ObjectName, Text("Type", "spec", "type"), Text("Cluster-IP", json => Strings(json.At("spec", "clusterIPs")).FirstOrDefault() ?? None),
            Text("External-IP", ExternalAddress), Text("Port(s)", Ports), Age,
            Text("Selector", json => Labels(json.At("spec", "selector"))).Wide(),
        ],
        ["endpointslices.discovery.k8s.io"] =
        [
            ObjectName, Text("AddressType", "addressType"),
            Text("Ports", json => Unset(Join(json.Items("ports").Select(p => Or(p.TextAt("port"), Or(p.TextAt("name"), "*"))), limit: 3))),
            Text("Endpoints", json => Unset(Join(json.Items("endpoints").SelectMany(e => Strings(e["addresses"])), limit: 3))), Age,
        ],
        ["networkpolicies.networking.k8s.io"] = [ObjectName, Text("Pod-Selector", json => Selector(json.At("spec", "podSelector"))), Age],
    };

    private static string Ports(JsonObject service) =>
        Join(service.Items("spec", "ports").Select(p => p["nodePort"] is { } node ? $"{p["port"]}:{node}/{p["protocol"]}" : $"{p["port"]}/{p["protocol"]}"));

    private static string ExternalAddress(JsonObject service)
    {
        var external = Strings(service.At("spec", "externalIPs"));
        return service.TextAt("spec", "type") switch
        {
            "ExternalName" => service.TextAt("spec", "externalName"),
            "LoadBalancer" when Join(service.Items("status", "loadBalancer", "ingress").Select(i => i.Text("ip") ?? i.Text("hostname")).Concat(external)) is var all =>
                all == None ? "<pending>" : all,
            _ => Join(external),
        };
    }

    private static string Unset(string text) => text == None ? "<unset>" : text;
}
