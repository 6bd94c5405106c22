namespace Operator.Runtime.Tests;

public sealed class ResourceKindTests
{
    private static readonly ResourceKind<Map> Nodes = new("", "v1", "nodes", Namespaced: false, Map.Resource.Json);
    private static readonly ResourceKind<Map> Deployments = new("apps", "v1", "deployments", Namespaced: true, Map.Resource.Json);

    [Fact]
    public void The_core_group_stands_under_api_and_every_other_under_apis()
    {
        Nodes.ObjectPath(new("", "node-1")).Should().Be("api/v1/nodes/node-1");
        Deployments.ObjectPath(new("shop", "cart"), "scale").Should().Be("apis/apps/v1/namespaces/shop/deployments/cart/scale");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_namespace_the_collection_is_that_of_all(string? ns) =>
        Deployments.CollectionPath(ns).Should().Be("apis/apps/v1/deployments");

    [Fact]
    public void A_name_cannot_leave_its_place_in_the_path() =>
        Deployments.ObjectPath(new("shop/x", "../y?z")).Should().Be("apis/apps/v1/namespaces/shop%2Fx/deployments/..%2Fy%3Fz");
}
