using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;
using Operator.Runtime;

namespace Operator.Tests.Lifetime;

/// <summary>What has had its time goes, in an order in which nothing that is left is forgotten.</summary>
public sealed class RecordLifetimeTests : LifetimeTest
{
    [Fact]
    public async Task Findings_that_led_to_nothing_go_after_a_week_and_no_earlier()
    {
        var nobodys = await BarePodAsync("nobodys");
        var running = await StartOperatorAsync();
        var names = new[] { await Cluster.FindAsync(nobodys), await Cluster.FindAsync(nobodys, "Another rule") };
        foreach (var name in names)
            await Waiting.UntilAsync(async () => (await FindingAsync(name)).Status?.State == FindingState.Unmatched, "no policy matches it");
        await StopAsync(running);
        var seenAgain = await FindingAsync(names[1]);
        seenAgain.Status!.LastSeenAt = Time.GetUtcNow() + TimeSpan.FromDays(2);
        (await Cluster.Findings.ReplaceAsync(seenAgain, "status")).Required();
        Time.Advance(TimeSpan.FromDays(8));
        var old = new[]
        {
            await FindingAsync(names[0]),
            await Old.FindingAsync("unresolved", 7.5),
            await Old.FindingAsync("stale", 7.4, FindingState.Stale),
            await Old.FindingAsync("by-hand", 7.3, ns: Shop),
            await Old.FindingAsync("of-a-deleted-record", 7.2, FindingState.Matched, recovery: new(Shop, "deleted")),
        };
        var young = await Old.FindingAsync("young", 6.9);

        await OthersHadTheirTurnAsync();

        foreach (var finding in old)
            (await IsThereAsync(finding)).Should().BeFalse();
        (await IsThereAsync(young)).Should().BeTrue();
        (await IsThereAsync(seenAgain)).Should().BeTrue("its time begins when it last happened");
    }

    [Fact]
    public async Task An_ended_recovery_goes_after_ninety_days_evidence_first_and_findings_last()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        var names = new[] { await Cluster.FindAsync(pods[0]), await Cluster.FindAsync(pods[0], "Another rule") };
        var running = await StartOperatorAsync();
        var ended = await Cluster.EndedAsync(pods[0]);
        foreach (var name in names)
            await Waiting.UntilAsync(async () => (await FindingAsync(name)).Status?.State == FindingState.Matched, "it belongs to the recovery");
        await Waiting.UntilAsync(async () => await PodAsync(pods[0]) is null, "the pod is gone");
        await StopAsync(running);
        ObjectKey.TryParse(ended.Status!.Evidence.Select(e => e.ConfigMap).OfType<string>().Distinct().Single(), out var evidence).Should().BeTrue();
        (await IsThereAsync(evidence)).Should().BeTrue();

        Time.Advance(TimeSpan.FromDays(89));
        await OthersHadTheirTurnAsync(async () => running = await StartAsync());
        (await IsThereAsync(ended)).Should().BeTrue("its time is not over");
        await StopAsync(running);
        var findings = new[] { await FindingAsync(names[0]), await FindingAsync(names[1]) };

        Time.Advance(TimeSpan.FromDays(2));
        await StartAsync();
        foreach (var finding in findings)
            await InALaterPassAsync(async () => !await IsThereAsync(finding), $"finding {finding.Metadata.Name} is gone");

        var deletions = (await DeletionsAsync()).Where(d => d.Name != "last").ToList();
        deletions.Select(d => d.Resource).Should().Equal("configmaps", "recoveries", "securityfindings", "securityfindings");
        deletions.Select(d => d.Name).Should().Equal([evidence.Name, ended.Metadata.Name, .. deletions.Skip(2).Select(d => d.Name)]);
        deletions.Skip(2).Select(d => d.Name).Should().BeEquivalentTo(names);
    }

    [Fact]
    public async Task Each_deletion_names_the_object_that_was_looked_at()
    {
        var record = await Old.RecordAsync("old", 91);

        await StartAsync();
        await GoneAsync(record);

        var deletions = await DeletionsAsync();
        deletions.Should().HaveCount(3);
        foreach (var deletion in deletions)
        {
            ((string?)deletion.RequestBody?["preconditions"]?["uid"]).Should().NotBeNullOrEmpty();
            ((string?)deletion.RequestBody?["preconditions"]?["resourceVersion"]).Should().NotBeNullOrEmpty();
        }
    }

    [Fact]
    public async Task Evidence_that_was_stored_before_a_crash_and_never_recorded_goes_with_its_record()
    {
        var record = await Old.RecordAsync("old", 91, evidence: []);

        await StartAsync();

        await GoneAsync(record);
    }

    [Fact]
    public async Task More_than_go_in_a_second_go_in_several()
    {
        var records = await Old.RecordsAsync(5);

        await StartAsync();
        await InALaterPassAsync(async () => !await IsThereAsync(records[0].Finding), "the youngest is gone");

        foreach (var record in records)
            await GoneAsync(record);
    }

    [Fact]
    public async Task An_alert_that_is_sent_again_after_its_finding_had_its_time_is_stored_again()
    {
        const string token = "correct-horse-battery-staple";
        const string Alert = """{"rule": "Terminal shell in container", "priority": "Critical", "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "nobody"} }""";
        await Cluster.SourceAsync(token);
        var running = await StartAsync();
        await running.ReadyAsync();
        await Waiting.UntilAsync(async () => await running.PostAsync("falco", token, Alert) == System.Net.HttpStatusCode.Accepted, "the alert is accepted");
        SecurityFinding? first = null;
        await InALaterPassAsync(
            async () => (first = (await Cluster.Findings.ListAsync(Selection.All)).Required().Items.SingleOrDefault()) is { Status.State: FindingState.Unresolved }, "it is decided on");

        Time.Advance(TimeSpan.FromDays(8));
        await InALaterPassAsync(async () => !await IsThereAsync(first!), "it is gone");

        await Waiting.UntilAsync(async () => await running.PostAsync("falco", token, Alert) == System.Net.HttpStatusCode.Accepted, "the alert is accepted again");
        await Waiting.UntilAsync(
            async () => (await Cluster.Findings.GetAsync(ObjectKey.Of(first!.Metadata))) is ApiResult<SecurityFinding>.Ok { Value: var again } && again.Metadata.Uid != first.Metadata.Uid, "it is stored again");
    }

    private async Task<SecurityFinding> FindingAsync(string name) => (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, name))).Required();

    private async Task<IReadOnlyList<ApiRequest>> DeletionsAsync() =>
        [.. (await Cluster.OperatorWritesAsync()).Where(r => r is { Verb: "delete", Resource: "configmaps" or "recoveries" or "securityfindings" })];
}
