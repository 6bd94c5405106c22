using System.Text.RegularExpressions;
using Operator.Api.V1Alpha1;
using Operator.Domain.Planning;

namespace Operator.Tests.Telemetry;

/// <summary>What is measured, and that a first increment is seen: its series is there before.</summary>
public sealed partial class MetricsTests : ShopTest
{
    private const string Token = "correct-horse-battery-staple";

    [Fact]
    public async Task Every_step_that_changes_the_cluster_is_there_at_zero()
    {
        var metrics = await ScrapeAsync(await StartOperatorAsync());

        var steps = typeof(Step).GetNestedTypes().Select(t => t.Name).Where(n => !n.StartsWith("Record", StringComparison.Ordinal));
        metrics.Keys.Select(k => StepOf().Match(k)).Where(m => m.Success).Select(m => m.Groups[1].Value).Distinct().Should().BeEquivalentTo(steps);
        metrics.Where(m => m.Key.StartsWith("immutable_recovery_steps_total", StringComparison.Ordinal)).Should().OnlyContain(m => m.Value == 0);
    }

    [Fact]
    public async Task A_series_is_there_at_zero_before_anything_happens()
    {
        await Cluster.PolicyAsync(Shop);
        await Cluster.SourceAsync(Token);
        var running = await StartOperatorAsync();
        await running.ReadyAsync();

        var metrics = await ScrapeAsync(running);
        string[] series =
        [
            "recoveries_ended_total{outcome=\"Recompromised\"}",
            "recoveries_ended_last_hour{outcome=\"Succeeded\"}",
            "recoveries{phase=\"Blocked\"}",
            "recoveries{phase=\"AwaitingApproval\"}",
            "findings{state=\"Unmatched\"}",
            "recoveries_containment_unknown{reason=\"HostNetwork\"}",
            "receiver_rejections_total{source=\"\",reason=\"Unauthenticated\"}",
            "time_to_contain_seconds_count",
            "time_to_recover_seconds_count",
            "recoveries_started_total{policy=\"shop/intrusion\"}",
            "breaker_open{policy=\"shop/intrusion\"}",
            "containment_budget_used_ratio{policy=\"shop/intrusion\"}",
            "replacement_budget_used_ratio{policy=\"shop/intrusion\"}",
            "findings_received_total{source=\"falco\",severity=\"Critical\",outcome=\"Stored\"}",
            "receiver_rejections_total{source=\"falco\",reason=\"Unreadable\"}",
            "source_last_heard_timestamp_seconds{source=\"falco\"}",
            "watch_restarts_total{resource=\"pods\",reason=\"Silent\"}",
            "workqueue_retries_total{controller=\"recoveries\"}",
        ];
        series.Where(s => metrics.GetValueOrDefault($"immutable_recovery_{s}", double.NaN) != 0).Should().BeEmpty();
    }

    [Fact]
    public async Task What_the_receiver_takes_and_refuses_is_counted_by_source_severity_and_reason()
    {
        await Cluster.SourceAsync(Token);
        var running = await StartOperatorAsync();
        await running.ReadyAsync();

        await running.PostAsync("falco", Token, """{"rule": "Terminal shell in container", "priority": "Critical", "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "gone"}}""");
        await running.PostAsync("falco", Token, "no JSON");
        await running.PostAsync("falco", "another", "{}");
        await running.PostAsync("made-up", "another", "{}");

        var metrics = await ScrapeAsync(running);
        metrics["immutable_recovery_findings_received_total{source=\"falco\",severity=\"Critical\",outcome=\"Stored\"}"].Should().Be(1);
        metrics["immutable_recovery_receiver_rejections_total{source=\"falco\",reason=\"Unreadable\"}"].Should().Be(1);
        metrics["immutable_recovery_receiver_rejections_total{source=\"falco\",reason=\"Unauthenticated\"}"].Should().Be(1);
        metrics["immutable_recovery_receiver_rejections_total{source=\"\",reason=\"Unauthenticated\"}"].Should().Be(1);
        metrics.Keys.Should().NotContain(k => k.Contains("made-up", StringComparison.Ordinal), "who asks must not make series");
    }

    [Fact]
    public async Task What_a_recovery_did_and_used_up_is_told()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        var running = await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);
        IReadOnlyDictionary<string, double> metrics = new Dictionary<string, double>();
        await Waiting.UntilAsync(
            async () => (metrics = await ScrapeAsync(running)).GetValueOrDefault("immutable_recovery_recoveries{phase=\"Succeeded\"}") == 1 && metrics["immutable_recovery_recoveries_active"] == 0,
            "the caches have the end");

        metrics["immutable_recovery_steps_total{step=\"Contain\",result=\"Done\"}"].Should().Be(1);
        metrics["immutable_recovery_step_seconds_count{step=\"Contain\"}"].Should().Be(1);
        metrics["immutable_recovery_recoveries_started_total{policy=\"shop/intrusion\"}"].Should().Be(1);
        metrics["immutable_recovery_recoveries_ended_last_hour{outcome=\"Succeeded\"}"].Should().Be(1);
        metrics["immutable_recovery_containment_budget_used_ratio{policy=\"shop/intrusion\"}"].Should().Be(1 / 50.0);
        metrics["immutable_recovery_replacement_budget_used_ratio{policy=\"shop/intrusion\"}"].Should().Be(1 / 20.0);
        metrics["immutable_recovery_leader"].Should().Be(1);
        metrics["immutable_recovery_policy_pods{policy=\"shop/intrusion\"}"].Should().BePositive();
        metrics["immutable_recovery_api_requests_total{verb=\"patch\",code=\"200\"}"].Should().BePositive();
        metrics["immutable_recovery_workqueue_wait_seconds_count{controller=\"recoveries\"}"].Should().BePositive();
    }

    [Fact]
    public async Task A_recovery_that_waits_for_a_person_is_shown_as_blocked_with_its_reason_and_ages_no_more()
    {
        await Cluster.PolicyAsync(Shop);
        Cluster.Push("search", "5.2");
        await Cluster.DeployAsync(Shop, "search", "search:5.2", 2);
        var pod = (await Cluster.PodsAsync(Shop))[0];
        var running = await StartOperatorAsync();

        await Cluster.FindAsync(pod);
        await Cluster.BlockedAsync(pod, Reasons.NoTrustedDigest);

        await Waiting.UntilAsync(
            async () => (await ScrapeAsync(running)).GetValueOrDefault($"immutable_recovery_recoveries_blocked{{reason=\"{Reasons.NoTrustedDigest}\"}}") == 1, "it is shown");
        (await ScrapeAsync(running))["immutable_recovery_recovery_oldest_seconds"].Should().Be(0);
    }

    [Fact]
    public async Task The_series_of_a_source_that_is_gone_go_too()
    {
        await Cluster.SourceAsync(Token);
        var running = await StartOperatorAsync();
        await running.ReadyAsync();
        (await ScrapeAsync(running)).Keys.Should().Contain(k => k.Contains("source=\"falco\"", StringComparison.Ordinal));

        await Cluster.Sources.DeleteAsync(new("", "falco"), new());

        await Waiting.UntilAsync(async () => !(await ScrapeAsync(running)).Keys.Any(k => k.Contains("source=\"falco\"", StringComparison.Ordinal)), "they are gone");
    }

    [Fact]
    public async Task Which_replica_leads_is_told_by_both()
    {
        await using var first = await OperatorInProcess.StartAsync(Cluster, new() { Identity = "first" }, elect: true);
        await Waiting.UntilAsync(async () => (await ScrapeAsync(first))["immutable_recovery_leader"] == 1, "the first leads");
        await using var second = await OperatorInProcess.StartAsync(Cluster, new() { Identity = "second" }, elect: true);
        await second.ReadyAsync();

        (await ScrapeAsync(second))["immutable_recovery_leader"].Should().Be(0);
    }

    [Fact]
    public async Task A_replica_that_does_not_lead_writes_down_what_it_heard()
    {
        await Cluster.SourceAsync(Token);
        await using var first = await OperatorInProcess.StartAsync(Cluster, new() { Identity = "first" }, elect: true);
        await Waiting.UntilAsync(async () => (await ScrapeAsync(first))["immutable_recovery_leader"] == 1, "the first leads");
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var second = await OperatorInProcess.StartAsync(Cluster, new() { Identity = "second" }, time, elect: true);
        await second.ReadyAsync();

        await second.PostAsync("falco", Token, """{"rule": "Terminal shell in container", "priority": "Critical", "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "gone"}}""");

        await Waiting.UntilAsync(
            async () =>
            {
                time.Advance(TimeSpan.FromSeconds(10));
                return (await Cluster.Sources.GetAsync(new("", "falco"))) is Runtime.ApiResult<FindingSource>.Ok { Value.Status.Accepted: 1 };
            },
            "the source's status tells of it");
    }

    private static async Task<IReadOnlyDictionary<string, double>> ScrapeAsync(OperatorInProcess running) =>
        (await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken))
            .Split('\n').Where(l => l.Length > 0 && l[0] != '#')
            .ToDictionary(l => l[..l.LastIndexOf(' ')], l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    [GeneratedRegex("^immutable_recovery_steps_total\\{step=\"(\\w+)\"")]
    private static partial Regex StepOf();
}
