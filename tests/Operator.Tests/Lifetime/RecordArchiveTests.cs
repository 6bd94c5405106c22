using System.Globalization;
using System.Net;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;
using Operator.Runtime;

namespace Operator.Tests.Lifetime;

/// <summary>Old records leave the memory of the operator, and nothing of what they are for is lost.</summary>
public sealed class RecordArchiveTests : LifetimeTest
{
    [Fact]
    public async Task A_record_that_is_older_than_eight_days_leaves_memory_with_its_finding()
    {
        var (old, young) = (await Old.RecordAsync("old", 9), await Old.RecordAsync("young", 7.9));

        var running = await StartAsync();
        await ArchivedAsync(old);

        var day = old.Recovery.Status!.EndedAt!.Value.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        (await LiveAsync(old.Recovery)).Status!.Archived.Should().Be(day);
        (await LiveAsync(old.Finding)).Status!.Archived.Should().Be(day);
        (await LiveAsync(old.Recovery)).Status!.Evidence.Should().HaveCount(1, "nothing else of it changes");
        await Waiting.UntilAsync(() => Task.FromResult(Names(running).SequenceEqual(["young", "young-of"])), "only the young ones are in memory");
        (await LiveAsync(young.Recovery)).Status!.Archived.Should().BeNull();

        await StopAsync(running);
        running = await StartAsync();
        await running.ReadyAsync();
        Names(running).Should().Equal("young", "young-of");
    }

    [Fact]
    public async Task An_archived_record_goes_after_ninety_days_evidence_first_and_finding_last()
    {
        var record = await Old.RecordAsync("old", 9);
        var held = await Old.RecordAsync("held", 9, Held.Recovery, new V1ObjectMeta { Labels = new Dictionary<string, string> { [WellKnown.HoldMark] = "" } });
        var running = await StartAsync();
        await ArchivedAsync(record);
        await ArchivedAsync(held);
        await StopAsync(running);

        Time.Advance(TimeSpan.FromDays(80.5));
        running = await StartAsync();
        await OneDayOfTheArchiveAsync();
        (await IsThereAsync(record.Recovery)).Should().BeTrue("its time is not over");
        await StopAsync(running);
        Time.Advance(TimeSpan.FromDays(1));
        await StartAsync();
        await InALaterPassAsync(async () => !await IsThereAsync(record.Finding), "it is gone");

        await GoneAsync(record);
        (await Cluster.OperatorWritesAsync()).Where(r => r.Verb == "delete").Select(r => r.Resource).Should().Equal("configmaps", "recoveries", "securityfindings");
        (await IsThereAsync(held.Recovery)).Should().BeTrue("it is on hold");
        (await IsThereAsync(held.Finding)).Should().BeTrue("its record is there");
    }

    [Fact]
    public async Task An_archive_is_emptied_day_by_day()
    {
        var records = await Old.RecordsAsync(3);
        foreach (var (record, days) in records.Zip([91, 92, 94]))
            await ArchiveAsync(record, days);

        await StartAsync();

        await InALaterPassAsync(async () => !await IsThereAsync(records[2].Finding), "the oldest has gone");
        foreach (var record in records)
            await GoneAsync(record);
    }

    [Fact]
    public async Task A_record_whose_pod_is_there_stays_in_memory()
    {
        await Cluster.DeployAsync(Shop, "cart", $"cart:1.4@{Released}", 1);
        var pod = (await Cluster.PodsAsync(Shop))[0];
        var record = await Old.RecordAsync(pod.Name(), 30, uid: pod.Uid());
        var other = await Old.RecordAsync("other", 29);

        var running = await StartAsync();
        await ArchivedAsync(other);
        (await LiveAsync(record.Recovery)).Status!.Archived.Should().BeNull();
        running.CachedRecoveries.Should().Contain(r => r.Metadata.Name == record.Recovery.Metadata.Name);

        await Cluster.Client.DeleteNamespacedPodAsync(pod.Name(), Shop, gracePeriodSeconds: 1);
        await InALaterPassAsync(async () => (await LiveAsync(record.Finding)).Status!.Archived is not null, "it is archived once the pod is gone");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dead_around_archiving_the_next_operator_ends_it(bool before)
    {
        var record = await Old.RecordAsync("old", 9);
        await DieAsync(r => r is { Verb: "update", Resource: "recoveries" }, before);

        await StartAsync();

        await ArchivedAsync(record);
    }

    [Fact]
    public async Task An_alert_that_is_sent_again_brings_its_finding_back_from_the_archive()
    {
        const string token = "correct-horse-battery-staple";
        await Cluster.SourceAsync(token);
        await Cluster.PolicyAsync(Shop);
        var pod = await BarePodAsync("db-0");
        var running = await StartAsync();
        await running.ReadyAsync();
        var alert = $$"""{"rule": "Terminal shell in container", "priority": "Critical", "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "db-0"} }""";
        await Waiting.UntilAsync(async () => await running.PostAsync("falco", token, alert) == HttpStatusCode.Accepted, "the alert is accepted");
        SecurityFinding? finding = null;
        await Waiting.UntilAsync(
            async () => (finding = (await Cluster.Findings.ListAsync(Selection.All)).Required().Items.SingleOrDefault()) is { Status.Recovery: not null }, "it led to a recovery");
        await StopAsync(running);
        var first = finding!.Status!.Recovery!;
        // The recovery is archived, as if its pod had gone long ago; the finding came back by its name.
        finding.Status = finding.Status with { Archived = "2026-01-01" };
        (await Cluster.Findings.ReplaceAsync(finding, "status")).Required();
        (await Cluster.Recoveries.DeleteAsync(new(first.Namespace, first.Name), new())).Required();

        Time.Advance(TimeSpan.FromHours(1));
        running = await StartAsync();
        await running.ReadyAsync();
        running.CachedFindings.Should().BeEmpty();
        await Waiting.UntilAsync(async () => await running.PostAsync("falco", token, alert) == HttpStatusCode.Accepted, "the alert is accepted again");

        await Waiting.UntilAsync(async () => (await LiveAsync(finding)).Status is { Archived: null, Count: 1 }, "it is archived no longer");
        await Waiting.UntilAsync(async () => (await Cluster.Recoveries.ListAsync(Selection.All)).Required().Items.Any(r => r.Spec.Target.Uid == pod.Uid()), "it leads to a recovery again");
    }

    [Fact]
    public async Task On_a_server_that_cannot_select_records_none_is_archived_and_they_go_as_before()
    {
        Cluster.Api.Faults.Before = r => ValueTask.FromResult<Fault?>(
            r.QueryString.Contains("status.archived", StringComparison.Ordinal) ? new Fault.Respond(new(400, "BadRequest", "field label not supported: status.archived")) : null);
        var (old, older) = (await Old.RecordAsync("old", 30), await Old.RecordAsync("older", 91));

        OperatorInProcess? running = null;
        await OthersHadTheirTurnAsync(async () => running = await StartAsync());
        await GoneAsync(older);

        (await LiveAsync(old.Recovery)).Status!.Archived.Should().BeNull();
        Names(running!).Should().Contain("old");
    }

    private static IEnumerable<string> Names(OperatorInProcess running) =>
        running.CachedRecoveries.Select(r => r.Spec.Target.Name).Concat(running.CachedFindings.Select(f => $"{f.Metadata.Name}-of")).Order(StringComparer.Ordinal);

    private async Task<Recovery> LiveAsync(Recovery recovery) => (await Cluster.Recoveries.GetAsync(ObjectKey.Of(recovery.Metadata))).Required();

    private async Task<SecurityFinding> LiveAsync(SecurityFinding finding) => (await Cluster.Findings.GetAsync(ObjectKey.Of(finding.Metadata))).Required();

    private Task ArchivedAsync(OldRecord record) =>
        InALaterPassAsync(
            async () => (await LiveAsync(record.Recovery)).Status!.Archived is not null && (await LiveAsync(record.Finding)).Status!.Archived is not null,
            $"{record.Recovery.Metadata.Name} is archived");

    private async Task ArchiveAsync(OldRecord record, int days)
    {
        var (recovery, finding, ended) = (await LiveAsync(record.Recovery), await LiveAsync(record.Finding), Time.GetUtcNow() - TimeSpan.FromDays(days));
        var day = ended.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        (await Cluster.Recoveries.ReplaceAsync(recovery with { Status = recovery.Status! with { Archived = day, EndedAt = ended } }, "status")).Required();
        (await Cluster.Findings.ReplaceAsync(finding with { Status = finding.Status! with { Archived = day } }, "status")).Required();
    }

    /// <summary>The day of the archive that is read first has been read.</summary>
    private async Task OneDayOfTheArchiveAsync() => await Waiting.UntilAsync(
        () => Task.FromResult(Cluster.Api.Requests.All.Any(r => r is { Verb: "list", Resource: "securityfindings" } && r.QueryString.Contains("status.archived%3D2", StringComparison.Ordinal))),
        "a day of the archive is read");
}
