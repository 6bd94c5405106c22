using k8s;
using k8s.Models;

namespace Operator.Tests.Recoveries;

/// <summary>Pods of several images, of which some are not what they were; and workloads that change in size meanwhile.</summary>
public sealed class SeveralImagesTests : ShopTest
{
    [Theory]
    [InlineData("main")]
    [InlineData("schema")]
    [InlineData("proxy")]
    public async Task Only_what_is_untrusted_is_pinned(string poisoned)
    {
        var images = new Dictionary<string, string> { ["main"] = "cart", ["schema"] = "migrate", ["proxy"] = "envoy" };
        var digests = new Dictionary<string, string>();
        foreach (var (container, image) in images)
        {
            digests[container] = Cluster.Push(image, "1.4");
            await Cluster.TrustAsync(image, "1.4", digests[container]);
        }
        Cluster.Poison(images[poisoned], "1.4");
        string ImageOf(string container) => $"{TestCluster.Registry}/{images[container]}:1.4{(container == poisoned ? "" : $"@{digests[container]}")}";
        await Cluster.ApplyAsync($$"""
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: cart, namespace: {{Shop}} }
            spec:
              replicas: 2
              selector: {matchLabels: {app: cart} }
              template:
                metadata: {labels: {app: cart} }
                spec:
                  initContainers:
                  - {name: schema, image: "{{ImageOf("schema")}}", restartPolicy: Always}
                  containers:
                  - {name: main, image: "{{ImageOf("main")}}"}
                  - {name: proxy, image: "{{ImageOf("proxy")}}"}
            """);
        await Cluster.ReadyAsync(Shop, "cart");
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];

        await Cluster.FindAsync(target);
        var recovery = await Cluster.EndedAsync(target);

        recovery.Status!.Progress!.Images.Should().ContainSingle().Which.Should().BeEquivalentTo(
            new { Container = poisoned, Image = $"{TestCluster.Registry}/{images[poisoned]}:1.4@{digests[poisoned]}" });
        var spec = (await Cluster.Client.ReadNamespacedDeploymentAsync("cart", Shop)).Spec.Template.Spec;
        foreach (var container in spec.InitContainers.Concat(spec.Containers))
            container.Image.Should().EndWith(digests[container.Name]);
        (await Cluster.PodsAsync(Shop)).Should().HaveCount(2).And.OnlyContain(p => p.Spec.InitContainers.Concat(p.Spec.Containers).All(c => c.Image.EndsWith(digests[c.Name], StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1)]
    public async Task A_workload_that_an_autoscaler_scales_meanwhile_is_recovered_at_its_new_size(int replicas)
    {
        Cluster.Poison("cart", "1.4");
        await Cluster.DeployAsync(Shop, "cart", "cart:1.4", 3, pull: "Always");
        await Cluster.PolicyAsync(Shop, "verify: {soak: 1s}");
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];
        await Cluster.FindAsync(target);
        // A pod that is made between the record of the start and the pin cannot be told from one that admission changed: it waits for a person.
        await Waiting.UntilAsync(
            async () => (await Cluster.Client.ReadNamespacedDeploymentAsync("cart", Shop)).Spec.Template.Spec.Containers[0].Image.Contains('@'), "the template is pinned");

        await Cluster.Client.PatchNamespacedDeploymentScaleAsync(new V1Patch($$"""{"spec": {"replicas": {{replicas}} } }""", V1Patch.PatchType.MergePatch), "cart", Shop);
        await Cluster.EndedAsync(target);

        (await Cluster.PodsAsync(Shop)).Should().HaveCount(replicas).And.OnlyContain(p => TestCluster.Runs(p, Released) && TestCluster.IsReady(p));
    }

    [Fact]
    public async Task A_pod_that_was_resized_in_place_is_no_drift()
    {
        await Cluster.PolicyAsync(Shop);
        await Cluster.DeployAsync(Shop, "cart", $"cart:1.4@{Released}", 2, pull: "IfNotPresent, resources: {requests: {cpu: 100m, memory: 64Mi}}");
        await StartOperatorAsync();
        var pods = await Cluster.PodsAsync(Shop);
        const string Larger = """{"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "200m"}}}]}}""";
        var resized = await Cluster.Client.PatchNamespacedPodResizeAsync(new V1Patch(Larger, V1Patch.PatchType.StrategicMergePatch), pods[1].Name(), Shop);
        resized.Spec.Containers[0].Resources.Requests["cpu"].ToString().Should().Be("200m");

        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);

        var now = await Cluster.PodsAsync(Shop);
        now.Select(p => p.Uid()).Should().HaveCount(2).And.Contain(pods[1].Uid(), "the resized sibling is left alone");
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "deployments");
    }
}
