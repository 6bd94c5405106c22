using k8s;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>Two hundred findings on two hundred pods at once, under the limits that a policy has by default.</summary>
public sealed class StormTests
{
    private const int Namespaces = 4, DeploymentsEach = 5, PodsEach = 10;
    private const int All = Namespaces * DeploymentsEach * PodsEach;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_storm_stays_within_the_default_limits_and_every_pod_is_recovered()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var cluster = await TestCluster.StartAsync(new()
        {
            Time = time,
            ReadinessDelay = TimeSpan.FromMilliseconds(20),
            PullDelay = TimeSpan.FromMilliseconds(5),
            Events = false,
            Nodes = 4,
        });
        await using var clock = new RunningClock(time, () => ((EmbeddedCluster)cluster.Api).Server.Store.Revision);
        var pods = await DeployAsync(cluster);
        await cluster.ApplyAsync("""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: ClusterRecoveryPolicy
            metadata: {name: intrusion}
            spec:
              mode: Recover
              match: {findings: [{sources: [falco]}]}
            """);
        var defaults = (await PolicyAsync(cluster)).Spec.Limits;
        var witness = new LimitsWitness(time, defaults.Replace.MaxConcurrent, defaults.Replace.MaxPerHour, defaults.Contain.MaxPerNamespace, defaults.Contain.Per);
        cluster.Api.Requests.Finished += witness.See;
        await using var running = await OperatorInProcess.StartAsync(cluster, time: time);

        await Task.WhenAll(pods.Select(p => cluster.FindAsync(p)));

        await Waiting.UntilAsync(() => Task.FromResult(witness.Contained == All), "all are contained", Patience);
        await Waiting.UntilAsync(async () => (await PolicyAsync(cluster)).Status?.Breaker?.State == "Open", "the breaker opened", Patience);
        (await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken))
            .Should().Contain("immutable_recovery_breaker_open{policy=\"intrusion\"} 1");
        (await PolicyAsync(cluster)).Status!.Conditions.Single(c => c.Type == "BreakerOpen").Status.Should().Be("True");
        await Waiting.UntilAsync(
            async () => (await CoreV1OperationsExtensions.ListNamespacedEventAsync(cluster.Client, "default")).Items.Any(e => e.Reason == "BreakerOpened"), "an Event tells of it", Patience);

        IReadOnlyList<Recovery> recoveries = [];
        await Waiting.UntilAsync(
            async () => (recoveries = (await cluster.Recoveries.ListAsync(Selection.All)).Required().Items).Count(r => r.Status?.Outcome is not null) == All,
            "every recovery ended", Patience);
        witness.Violations.Should().BeEmpty();
        (witness.MostInFlight, witness.MostInHour).Should().Be((defaults.Replace.MaxConcurrent, defaults.Replace.MaxPerHour * 4), "the limits of the whole policy were used to the full");
        recoveries.Should().OnlyContain(r => r.Status!.Outcome == "Succeeded");

        await Waiting.UntilAsync(async () => await LeftoversAsync(cluster) == 0, "nothing is left labelled, cordoned or isolated", Patience);
        var now = (await cluster.Client.ListPodForAllNamespacesAsync()).Items;
        now.Should().HaveCount(All);
        now.Select(p => p.Uid()).Should().NotIntersectWith(pods.Select(p => p.Uid()));
    }

    private static async Task<IReadOnlyList<V1Pod>> DeployAsync(TestCluster cluster)
    {
        var digest = cluster.Push("cart", "1.4");
        await cluster.TrustAsync("cart", "1.4", digest);
        for (var ns = 0; ns < Namespaces; ns++)
        {
            await cluster.NamespaceAsync($"shop-{ns}");
            for (var app = 0; app < DeploymentsEach; app++)
                await cluster.DeployAsync($"shop-{ns}", $"app-{app}", $"cart:1.4@{digest}", PodsEach, ready: false);
        }
        await Waiting.UntilAsync(
            async () => (await cluster.Client.ListPodForAllNamespacesAsync()).Items.Count(p => p.Status.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) is true) == All,
            "every pod is Ready", Patience);
        return [.. (await cluster.Client.ListPodForAllNamespacesAsync()).Items];
    }

    private static async Task<ClusterRecoveryPolicy> PolicyAsync(TestCluster cluster) =>
        (await cluster.ClusterPolicies.GetAsync(new("", "intrusion"))).Required();

    private static async Task<int> LeftoversAsync(TestCluster cluster) =>
        (await cluster.Client.ListPodForAllNamespacesAsync()).Items.Count(p => p.Labels()?.ContainsKey(WellKnown.QuarantineLabel) is true || p.Metadata.DeletionTimestamp is not null)
        + (await cluster.Client.ListNodeAsync()).Items.Count(n => n.Spec.Unschedulable is true)
        + (await cluster.Client.ListNetworkPolicyForAllNamespacesAsync()).Items.Count;
}
