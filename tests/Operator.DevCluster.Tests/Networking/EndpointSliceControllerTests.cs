using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Networking;

public sealed class EndpointSliceControllerTests(ClusterFixture fixture)
{
    [Fact]
    public async Task The_pods_of_a_Service_are_its_endpoints()
    {
        using var space = await fixture.NamespaceAsync();
        await CreateServiceAsync(space);
        await space.CreateAsync("deployments", Workload.Deployment("cart", 3));
        var pods = await space.ReadyPodsAsync(3);

        var slice = await ReadyAsync(space, 3);

        slice.Name.Should().MatchRegex("^cart-[bcdfghjklmnpqrstvwxz2456789]{5}$");
        slice.Labels!.Text("kubernetes.io/service-name").Should().Be("cart");
        slice.Items("endpoints").Select(e => (e["addresses"]![0]!.GetValue<string>(), e.TextAt("targetRef", "uid"), e.Text("nodeName")))
            .Should().BeEquivalentTo(pods.Select(p => (p.TextAt("status", "podIP"), p.Uid, p.TextAt("spec", "nodeName"))));
        slice.Items("ports").Select(p => (p.Text("name"), p.Number("port"), p.Text("protocol"))).Should().Equal(("http", 8080, "TCP"));
    }

    [Fact]
    public async Task A_pod_whose_labels_are_stripped_drops_out()
    {
        using var space = await fixture.NamespaceAsync();
        await CreateServiceAsync(space);
        await space.CreateAsync("deployments", Workload.Deployment("cart", 2));
        await space.ReadyPodsAsync(2);
        var slice = await ReadyAsync(space, 2);
        var victim = (await space.ListAsync("pods"))[0];

        await space.MergeAsync("pods", victim.Name, """{"metadata": {"labels": {"app": null, "pod-template-hash": null}}}""");

        await space.UntilAsync(
            "endpointslices", slice.Name,
            s => s.Items("endpoints").Count() == 2 && s.Items("endpoints").All(e => e.TextAt("targetRef", "uid") != victim.Uid), "its replacement has taken its place");
    }

    [Fact]
    public async Task A_terminating_pod_serves_on_but_is_not_ready()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options, TestContext.Current.CancellationToken);
        using var space = await Namespace.CreateAsync(cluster, "shop");
        await CreateServiceAsync(space);
        var pod = Objects.Pod("p", "node-1");
        pod.EnsureMetadata()["labels"] = new JsonObject { ["app"] = "cart" };
        await space.CreateAsync("pods", pod);
        await space.ReadyPodsAsync(1);
        var slice = await ReadyAsync(space, 1);

        cluster.Kubelets.Freeze("node-1");
        await space.DeleteAsync("pods", "p");

        var after = await space.UntilAsync("endpointslices", slice.Name, s => s.Items("endpoints").Single().At("conditions") is JsonObject c && c.Flag("terminating"), "it is terminating");
        var conditions = (JsonObject)after.Items("endpoints").Single()["conditions"]!;
        (conditions.Flag("ready"), conditions.Flag("serving")).Should().Be((false, true));
        cluster.Kubelets.Thaw("node-1");
        await space.UntilAsync("endpointslices", slice.Name, s => !s.Items("endpoints").Any(), "it is gone");
    }

    [Fact]
    public async Task Slices_go_with_their_Service()
    {
        using var space = await fixture.NamespaceAsync();
        await CreateServiceAsync(space);
        await space.UntilAsync("endpointslices", all => all.Count == 1, "there is a slice");

        await space.DeleteAsync("services", "cart");

        await space.UntilAsync("endpointslices", all => all.Count == 0, "the slice is gone");
    }

    private static Task<JsonObject> CreateServiceAsync(Namespace space)
    {
        var service = Objects.Of("v1", "Service", "cart");
        service["spec"] = JsonNode.Parse("""{"selector": {"app": "cart"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}""");
        return space.CreateAsync("services", service);
    }

    private static async Task<JsonObject> ReadyAsync(Namespace space, int count) => (await space.UntilAsync(
        "endpointslices",
        all => all is [var only] && only.Items("endpoints").Count(e => e.At("conditions") is JsonObject c && c.Flag("ready") && !c.Flag("terminating")) == count,
        $"{count} endpoints are ready"))[0];
}
