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
    public void What_a_name_may_not_have_is_escaped() =>
        Deployments.ObjectPath(new("shop?x", "y#z &..")).Should().Be("apis/apps/v1/namespaces/shop%3Fx/deployments/y%23z%20%26..");

    [Theory]
    [InlineData("shop", "")]
    [InlineData("shop", ".")]
    [InlineData("shop", "..")]
    [InlineData("shop", "../secrets/x")]
    [InlineData("shop", "%2e%2e")]
    [InlineData("", "cart")]
    [InlineData("..", "cart")]
    [InlineData(".", "cart")]
    [InlineData("shop/x", "cart")]
    [InlineData("%2e%2e", "cart")]
    public async Task A_name_that_no_object_can_have_is_refused_and_nothing_is_sent(string ns, string name)
    {
        var key = new ObjectKey(ns, name);
        Transport transport = new() { Answer = (_, _) => throw new InvalidOperationException("sent") };
        using KubernetesConnection connection = new(new() { Host = "http://127.0.0.1:1" }, "tests", transport);
        ResourceApi<Map> api = new(connection, Deployments);
        var cancellation = TestContext.Current.CancellationToken;
        var map = new Map { Metadata = new() { Name = name, NamespaceProperty = ns } };

        (await api.GetAsync(key, cancellation)).Should().BeOfType<ApiResult<Map>.Invalid>();
        (await api.PatchAsync(key, Patch.Merge([]), cancellation: cancellation)).Should().BeOfType<ApiResult<Map>.Invalid>();
        (await api.ReplaceAsync(map, "status", cancellation)).Should().BeOfType<ApiResult<Map>.Invalid>();
        (await api.DeleteAsync(key, new(), cancellation)).Should().BeOfType<ApiResult<Deleted>.Invalid>();
        (await api.CreateAsync(key, "binding", [], cancellation)).Should().BeOfType<ApiResult<Created>.Invalid>();
        ((Action)(() => Deployments.ObjectPath(key))).Should().Throw<ArgumentException>();
        transport.Sent.Should().BeEmpty();
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("shop/x")]
    public async Task A_namespace_that_cannot_be_is_refused_for_a_collection(string ns)
    {
        Transport transport = new() { Answer = (_, _) => throw new InvalidOperationException("sent") };
        using KubernetesConnection connection = new(new() { Host = "http://127.0.0.1:1" }, "tests", transport);
        ResourceApi<Map> api = new(connection, Deployments);

        (await api.ListAsync(new() { Namespace = ns }, cancellation: TestContext.Current.CancellationToken)).Should().BeOfType<ApiResult<ListPage<Map>>.Invalid>();
        (await api.CreateAsync(new() { Metadata = new() { Name = "x", NamespaceProperty = ns } }, TestContext.Current.CancellationToken)).Should().BeOfType<ApiResult<Map>.Invalid>();
        transport.Sent.Should().BeEmpty();
    }
}
