using System.Text.Json.Nodes;
using Operator.DevCluster.Selectors;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Tests.Selectors;

public sealed class LabelSelectorTests
{
    private static readonly JsonObject Labels = new() { ["app"] = "cart", ["tier"] = "front" };

    [Theory]
    [InlineData("app=cart", true)]
    [InlineData("app==cart,tier=front", true)]
    [InlineData("app=cart,tier=back", false)]
    [InlineData("app!=cart", false)]
    [InlineData("other!=x", true)]
    [InlineData("app in (cart, shop)", true)]
    [InlineData("app notin (cart,shop)", false)]
    [InlineData("tier", true)]
    [InlineData("!tier", false)]
    [InlineData("!other,app in (cart)", true)]
    [InlineData("", true)]
    public void A_query_selects_by_its_terms(string query, bool matches) => LabelSelector.Parse(query).Matches(Labels).Should().Be(matches);

    [Theory]
    [InlineData("""{"matchLabels": {"app": "cart"}}""", true)]
    [InlineData("""{"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}""", false)]
    [InlineData("""{"matchExpressions": [{"key": "other", "operator": "DoesNotExist"}]}""", true)]
    [InlineData("{}", true)]
    public void Json_selects_by_its_terms(string json, bool matches) =>
        LabelSelector.FromJson((JsonObject)JsonNode.Parse(json)!).Matches(Labels).Should().Be(matches);

    [Fact]
    public void A_query_that_says_nothing_is_refused()
    {
        var parse = () => LabelSelector.Parse("a b c");

        parse.Should().Throw<StatusException>().Which.Status.Code.Should().Be(400);
    }
}
