using System.Text.Json.Nodes;

namespace Operator.Tests.Isolation;

/// <summary>Which specs are believed to deny everything to quarantined pods.</summary>
public sealed class IsolationDialectTests
{
    public static TheoryData<string> Names => Dialects.Names;

    /// <summary>Dialect, path, and what somebody put there; nothing for what somebody took away.</summary>
    public static TheoryData<string, string, string?> Edits { get; } = new()
    {
        { "ClusterNetworkPolicy", "tier", "\"Baseline\"" },
        { "ClusterNetworkPolicy", "priority", "10" },
        { "ClusterNetworkPolicy", "subject", """{"namespaces": {}}""" },
        { "ClusterNetworkPolicy", "subject/pods/namespaceSelector", """{"matchLabels": {"team": "a"}}""" },
        { "ClusterNetworkPolicy", "subject/pods/namespaceSelector", null },
        { "ClusterNetworkPolicy", "subject/pods/podSelector/matchLabels", """{"app": "web"}""" },
        { "ClusterNetworkPolicy", "subject/pods/podSelector/matchExpressions/0/key", "\"app\"" },
        { "ClusterNetworkPolicy", "subject/pods/podSelector/matchExpressions/0/operator", "\"DoesNotExist\"" },
        { "ClusterNetworkPolicy", "ingress", null },
        { "ClusterNetworkPolicy", "ingress/0/action", "\"Accept\"" },
        { "ClusterNetworkPolicy", "ingress/0/action", "\"Pass\"" },
        { "ClusterNetworkPolicy", "ingress/0/from/0/namespaces", """{"matchLabels": {"team": "a"}}""" },
        { "ClusterNetworkPolicy", "ingress/0/protocols", """[{"tcp": {"destinationPort": {"number": 80}}}]""" },
        { "ClusterNetworkPolicy", "egress", "[]" },
        { "ClusterNetworkPolicy", "egress/0/action", "\"Pass\"" },
        { "ClusterNetworkPolicy", "egress/0/to/1/networks", """["10.0.0.0/8", "::/0"]""" },
        { "ClusterNetworkPolicy", "egress/0/to/1/networks", """["0.0.0.0/0"]""" },
        { "AdminNetworkPolicy", "priority", "1" },
        { "AdminNetworkPolicy", "ingress/0/action", "\"Allow\"" },
        { "AdminNetworkPolicy", "ingress/0/ports", """[{"portNumber": {"protocol": "TCP", "port": 80}}]""" },
        { "AdminNetworkPolicy", "egress/0/to", """[{"namespaces": {}}]""" },
        { "Cilium", "endpointSelector", "{}" },
        { "Cilium", "endpointSelector/matchLabels", """{"app": "web"}""" },
        { "Cilium", "ingressDeny", null },
        { "Cilium", "ingressDeny/0", """{"fromEndpoints": [{"matchLabels": {"app": "web"}}]}""" },
        { "Cilium", "ingressDeny/1/fromEntities", """["world"]""" },
        { "Cilium", "ingressDeny/1/toPorts", """[{"ports": [{"port": "80"}]}]""" },
        { "Cilium", "egressDeny", null },
        { "Cilium", "egressDeny/0/toEntities", """["world"]""" },
        { "Cilium", "egressDeny/0/icmps", """[{"fields": [{"type": 8}]}]""" },
        { "Calico", "selector", "\"all()\"" },
        { "Calico", "selector", "\"has(immutablerecovery.io/quarantine) && app == 'web'\"" },
        { "Calico", "selector", null },
        { "Calico", "namespaceSelector", "\"team == 'a'\"" },
        { "Calico", "serviceAccountSelector", "\"team == 'a'\"" },
        { "Calico", "tier", "\"platform\"" },
        { "Calico", "order", "1000" },
        { "Calico", "order", null },
        { "Calico", "types", """["Ingress"]""" },
        { "Calico", "ingress/0/action", "\"Allow\"" },
        { "Calico", "ingress/0/protocol", "\"TCP\"" },
        { "Calico", "egress", """[{"action": "Allow", "destination": {"ports": [53]}}, {"action": "Deny"}]""" },
        { "Calico", "egress", "[]" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void The_shipped_manifest_is_believed(string dialect) =>
        Dialects.Of(dialect).Lacks(Dialects.Spec(dialect)).Should().BeNull();

    [Theory]
    [MemberData(nameof(Edits))]
    public void An_object_that_somebody_edited_is_not_believed(string dialect, string path, string? value)
    {
        var spec = Dialects.Spec(dialect);
        var names = path.Split('/');
        var parent = names.SkipLast(1).Aggregate((JsonNode)spec, (node, name) => int.TryParse(name, out var index) ? node[index]! : node[name]!);
        if (value is null)
            ((JsonObject)parent).Remove(names[^1]);
        else if (int.TryParse(names[^1], out var at))
            parent[at] = JsonNode.Parse(value);
        else
            parent[names[^1]] = JsonNode.Parse(value);

        Dialects.Of(dialect).Lacks(spec).Should().NotBeNull();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_spec_of_another_form_is_not_believed(string dialect)
    {
        foreach (var text in new[] { "{}", """{"tier": 3, "priority": "0", "subject": [], "endpointSelector": 1, "selector": {}, "ingress": "x", "egress": {}, "types": "y"}""" })
            Dialects.Of(dialect).Lacks((JsonObject)JsonNode.Parse(text)!).Should().NotBeNull();
    }
}
