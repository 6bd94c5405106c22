using System.Net;
using Operator.DevCluster.Server;

namespace Operator.Tests.Telemetry;

/// <summary>What Prometheus and the kubelet ask.</summary>
public sealed class EndpointsTests : ShopTest
{
    [Fact]
    public async Task Metrics_tell_of_findings_recoveries_and_times()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        var running = await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);

        var metrics = "";
        await Waiting.UntilAsync(
            async () => (metrics = await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Contains("immutable_recovery_recoveries_ended_total{outcome=\"Succeeded\"} 1", StringComparison.Ordinal),
            "the end is counted");
        metrics.Should().Contain("immutable_recovery_time_to_contain_seconds_count 1")
            .And.Contain("immutable_recovery_time_to_recover_seconds_count 1")
            .And.Contain("immutable_recovery_breaker_open{policy=\"shop/intrusion\"} 0")
            .And.NotContain(pods[0].Metadata.Name, "a pod's name is never a label");
    }

    [Fact]
    public async Task It_is_healthy_at_once_and_ready_when_its_caches_are_filled()
    {
        var release = new TaskCompletionSource();
        Cluster.Api.Faults.Before = async request =>
        {
            if (request is { Verb: "list", Resource: "pods" } && request.UserAgent.StartsWith(OperatorOptions.FieldManager, StringComparison.Ordinal))
                await release.Task;
            return null as Fault;
        };
        var running = await StartOperatorAsync();

        (await running.Http.GetAsync(new Uri("/healthz", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.OK);
        (await running.Http.GetAsync(new Uri("/readyz", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        release.SetResult();
        await running.ReadyAsync();
    }

    [Fact]
    public async Task Events_tell_the_story_of_a_recovery_once()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);

        IReadOnlyList<string> reasons = [];
        await Waiting.UntilAsync(
            async () => (reasons = await EventsAsync()).Contains("Succeeded"),
            "the end is told");
        reasons.Should().Equal("Contained", "Replacing", "Replaced", "Succeeded");
    }

    [Fact]
    public async Task Events_of_a_recovery_in_the_operators_namespace_are_on_its_pod_and_its_workload_too()
    {
        await Cluster.ClusterPolicyAsync("");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var ended = await Cluster.EndedAsync(pods[0]);

        ended.Metadata.NamespaceProperty.Should().Be(TestCluster.OperatorNamespace);
        ended.Metadata.Labels.Should().Contain("immutablerecovery.io/target-namespace", Shop);
        foreach (var (kind, ns) in new[] { ("Pod", Shop), ("Deployment", Shop), ("Recovery", TestCluster.OperatorNamespace) })
        {
            await Waiting.UntilAsync(
                async () => (await EventsAsync(kind, ns)).Intersect(["Contained", "Replaced", "Succeeded"]).Count() == 3,
                $"the {kind} has the Events");
        }
    }

    private async Task<IReadOnlyList<string>> EventsAsync(string kind = "Recovery", string ns = Shop) =>
        [.. (await k8s.CoreV1OperationsExtensions.ListNamespacedEventAsync(Cluster.Client, ns)).Items
            .Where(e => e.InvolvedObject.Kind == kind)
            .OrderBy(e => long.Parse(e.Metadata.ResourceVersion, System.Globalization.CultureInfo.InvariantCulture))
            .Select(e => e.Reason)];
}
