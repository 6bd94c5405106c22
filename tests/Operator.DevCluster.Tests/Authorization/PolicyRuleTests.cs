using System.Text.Json.Nodes;
using Operator.DevCluster.Authorization;

namespace Operator.DevCluster.Tests.Authorization;

public sealed class PolicyRuleTests
{
    private static readonly AccessAttributes Pods = new() { Verb = "get", Resource = "pods", Namespace = "shop", Name = "cart" };

    [Theory]
    [InlineData("""{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}""", true)]
    [InlineData("""{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}""", true)]
    [InlineData("""{"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]}""", false)]
    [InlineData("""{"verbs": ["get"], "apiGroups": ["apps"], "resources": ["pods"]}""", false)]
    [InlineData("""{"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log"]}""", false)]
    [InlineData("""{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["cart"]}""", true)]
    [InlineData("""{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["other"]}""", false)]
    [InlineData("""{"verbs": ["get"], "nonResourceURLs": ["*"]}""", false)]
    public void A_rule_allows_what_it_names(string rule, bool allowed) => Rule(rule).Allows(Pods).Should().Be(allowed);

    [Theory]
    [InlineData("pods/log", true)]
    [InlineData("*/log", true)]
    [InlineData("*", true)]
    [InlineData("pods", false)]
    [InlineData("*/status", false)]
    [InlineData("pods/*", false)]
    public void A_subresource_is_a_resource_of_its_own(string resource, bool allowed) =>
        Rule($$"""{"verbs": ["get"], "apiGroups": [""], "resources": ["{{resource}}"]}""").Allows(Pods with { Subresource = "log" }).Should().Be(allowed);

    [Fact]
    public void A_rule_with_names_does_not_reach_what_has_none_yet() =>
        Rule("""{"verbs": ["create"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["cart"]}""")
            .Allows(Pods with { Verb = "create", Name = "" }).Should().BeFalse();

    [Theory]
    [InlineData("/healthz", "/healthz", true)]
    [InlineData("/healthz", "/healthz/etcd", false)]
    [InlineData("/apis/*", "/apis/apps/v1", true)]
    [InlineData("*", "/metrics", true)]
    public void A_path_is_matched_whole_or_by_its_beginning(string url, string path, bool allowed) =>
        Rule($$"""{"verbs": ["get"], "nonResourceURLs": ["{{url}}"]}""").Allows(new() { Verb = "get", Path = path }).Should().Be(allowed);

    private static PolicyRule Rule(string json) => PolicyRule.FromJson((JsonObject)JsonNode.Parse(json)!);
}
