using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;

namespace Operator.Tests.Recoveries;

/// <summary>A tag was repointed. From the first step of the recovery on nothing may make another pod that runs the bad digest.</summary>
public sealed class PoisonedTagTests : IAsyncLifetime
{
    private const string Shop = "shop";
    private TestCluster cluster = null!;
    private OperatorInProcess running = null!;
    private string released = "";

    public async ValueTask InitializeAsync()
    {
        cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync(Shop);
        released = cluster.Push("cart", "1.4");
        await cluster.TrustAsync("cart", "1.4", released);
        await cluster.PolicyAsync(Shop);
        running = await OperatorInProcess.StartAsync(cluster);
    }

    public async ValueTask DisposeAsync()
    {
        await running.DisposeAsync();
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task The_naive_order_makes_a_poisoned_pod()
    {
        await cluster.DeployAsync(Shop, "cart", "cart:1.4", 3, pull: "Always");
        var bad = cluster.Poison("cart", "1.4");

        // Take the pod out first and pin second: the ReplicaSet refills from its own template meanwhile.
        var pod = (await cluster.PodsAsync(Shop))[0];
        await cluster.Client.PatchNamespacedPodAsync(new V1Patch("""{"metadata": {"labels": null}}""", V1Patch.PatchType.MergePatch), pod.Name(), Shop);

        await Waiting.UntilAsync(async () => (await cluster.PodsAsync(Shop)).Any(p => TestCluster.Runs(p, bad)), "a pod runs the bad digest");
    }

    [Theory]
    [InlineData(1, "RollingUpdate")]
    [InlineData(3, "RollingUpdate")]
    [InlineData(10, "RollingUpdate")]
    [InlineData(1, "Recreate")]
    [InlineData(3, "Recreate")]
    [InlineData(10, "Recreate")]
    public async Task No_poisoned_pod_is_made_and_clean_ones_are_not_touched(int replicas, string strategy)
    {
        var (poisoned, clean, bad) = await PoisonOneAsync(replicas, $"strategy: {{type: {strategy}}}");

        await cluster.FindAsync(poisoned);
        var recovery = await cluster.EndedAsync(poisoned);
        await cluster.ReadyAsync(Shop, "cart");

        await NothingPoisonedAsync(bad);
        (await cluster.PodsAsync(Shop)).Should().HaveCount(replicas);
        clean.Should().HaveCount(replicas - 1).And.BeSubsetOf((await cluster.PodsAsync(Shop)).Select(p => p.Uid()), "what runs the released digest stays");
        (await cluster.PodsCreatedSinceTheOperatorActedAsync(Shop)).Should().ContainSingle();
        (await cluster.Client.ListNamespacedReplicaSetAsync(Shop)).Items.Should().ContainSingle("it was pinned in place, without a rollout");
        recovery.Status!.Images.Should().ContainSingle().Which.Should().Match<ImageChange>(i => i.From!.EndsWith(bad) && i.To!.EndsWith(released));
        (await DeploymentAsync()).Spec.Paused.Should().NotBe(true);
    }

    [Fact]
    public async Task Every_pod_that_runs_the_bad_digest_is_replaced_one_by_one()
    {
        var bad = cluster.Poison("cart", "1.4");
        await cluster.DeployAsync(Shop, "cart", "cart:1.4", 3);
        var pods = await cluster.PodsAsync(Shop);

        await cluster.FindAsync(pods[0]);
        await cluster.EndedAsync(pods[0]);

        await NothingPoisonedAsync(bad);
        var now = await cluster.PodsAsync(Shop);
        now.Should().HaveCount(3).And.OnlyContain(p => TestCluster.Runs(p, released));
        now.Select(p => p.Uid()).Should().NotIntersectWith(pods.Select(p => p.Uid()));
        (await cluster.PodsCreatedSinceTheOperatorActedAsync(Shop)).Should().HaveCount(3);
    }

    [Fact]
    public async Task A_Deployment_that_its_user_paused_stays_paused_and_makes_no_poisoned_pod()
    {
        var (poisoned, clean, bad) = await PoisonOneAsync(3);
        await cluster.Client.PatchNamespacedDeploymentAsync(new V1Patch("""{"spec": {"paused": true}}""", V1Patch.PatchType.MergePatch), "cart", Shop);

        await cluster.FindAsync(poisoned);
        await cluster.EndedAsync(poisoned);

        await NothingPoisonedAsync(bad);
        (await cluster.PodsAsync(Shop)).Select(p => p.Uid()).Should().Contain(clean);
        (await DeploymentAsync()).Spec.Paused.Should().BeTrue("its user wants it so");
        (await DeploymentAsync()).Annotations().Should().NotContainKey(WellKnown.PausedByAnnotation);
    }

    [Fact]
    public async Task In_the_middle_of_a_rollout_the_rollout_goes_on_with_the_trusted_digest()
    {
        var next = cluster.Push("cart", "1.5");
        await cluster.ApplyAsync($$"""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: TrustedImage
            metadata: {name: cart}
            spec:
              repositories: [{{TestCluster.Registry}}/cart]
              digests: [{digest: "{{released}}", tags: ["1.4"]}, {digest: "{{next}}", tags: ["1.5"]}]
            """);
        var badOld = cluster.Poison("cart", "1.4");
        var badNext = cluster.Poison("cart", "1.5");
        // One pod at a time, which must be Ready for a while before the next is made: both ReplicaSets stay above zero.
        const string Slow = "strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}\nminReadySeconds: 3";
        await cluster.DeployAsync(Shop, "cart", "cart:1.4", 3, Slow);
        await cluster.DeployAsync(Shop, "cart", "cart:1.5", 3, Slow, ready: false);
        V1Pod? old = null;
        await Waiting.UntilAsync(
            async () => (await cluster.Client.ListNamespacedReplicaSetAsync(Shop)).Items.Count(r => r.Spec.Replicas > 0) == 2
                && await cluster.PodsAsync(Shop) is var pods
                && pods.Any(p => TestCluster.Runs(p, badNext) && p.Status.Conditions.Any(c => c is { Type: "Ready", Status: "True" }))
                && (old = pods.FirstOrDefault(p => TestCluster.Runs(p, badOld))) is not null,
            "the rollout is under way");

        await cluster.FindAsync(old!);
        await cluster.EndedAsync(old!);
        await cluster.ReadyAsync(Shop, "cart");

        await NothingPoisonedAsync(badOld, badNext);
        (await cluster.PodsAsync(Shop)).Should().HaveCount(3).And.OnlyContain(p => TestCluster.Runs(p, next));
        (await DeploymentAsync()).Spec.Paused.Should().NotBe(true);
    }

    /// <summary>A Deployment of which one pod was made after the tag had been repointed.</summary>
    private async Task<(V1Pod Poisoned, IReadOnlyList<string> Clean, string Bad)> PoisonOneAsync(int replicas, string spec = "")
    {
        await cluster.DeployAsync(Shop, "cart", "cart:1.4", replicas, spec, pull: "Always");
        var bad = cluster.Poison("cart", "1.4");
        var poisoned = await cluster.ReplaceAsync(Shop, "cart", (await cluster.PodsAsync(Shop))[0]);
        await Waiting.UntilAsync(async () => TestCluster.Runs(poisoned = await cluster.Client.ReadNamespacedPodAsync(poisoned.Name(), Shop), bad), "it runs the bad digest");
        return (poisoned, [.. (await cluster.PodsAsync(Shop)).Where(p => TestCluster.Runs(p, released)).Select(p => p.Uid())], bad);
    }

    private async Task NothingPoisonedAsync(params string[] bad)
    {
        (await cluster.PodsCreatedSinceTheOperatorActedAsync(Shop)).SelectMany(p => p.Items("spec", "containers")).Select(c => c.Text("image"))
            .Should().OnlyContain(image => image!.Contains("@sha256:"), "every pod since then names a digest");
        (await cluster.PodsAsync(Shop)).Should().NotContain(p => bad.Any(b => TestCluster.Runs(p, b)));
    }

    private Task<V1Deployment> DeploymentAsync() => cluster.Client.ReadNamespacedDeploymentAsync("cart", Shop);
}
