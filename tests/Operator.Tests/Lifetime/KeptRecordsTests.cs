using System.Text.Json;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Tests.Lifetime;

/// <summary>What stays although its time is over.</summary>
public sealed class KeptRecordsTests : LifetimeTest
{
    /// <summary>The value does not matter, so that an empty one is enough.</summary>
    private static readonly Dictionary<string, string> Empty = new() { [WellKnown.HoldMark] = "" };

    public static TheoryData<Held, bool> Holds => new MatrixTheoryData<Held, bool>([Held.Recovery, Held.Finding, Held.Evidence], [true, false]);

    [Theory]
    [MemberData(nameof(Holds))]
    public async Task What_is_on_hold_stays(Held held, bool label)
    {
        var record = await Old.RecordAsync("held", 100, held, label ? new() { Labels = Empty } : new() { Annotations = Empty });

        await OthersHadTheirTurnAsync();

        (await IsThereAsync(record.Recovery)).Should().Be(held == Held.Recovery);
        (await IsThereAsync(record.Evidence)).Should().Be(held is Held.Recovery or Held.Evidence);
        (await IsThereAsync(record.Finding)).Should().Be(held is Held.Recovery or Held.Finding);
    }

    [Fact]
    public async Task A_finding_that_led_to_nothing_stays_on_hold()
    {
        var held = await Old.FindingAsync("held", 30, metadata: new() { Labels = Empty });

        await OthersHadTheirTurnAsync();

        (await IsThereAsync(held)).Should().BeTrue();
    }

    [Fact]
    public async Task A_recovery_that_has_not_ended_stays_with_its_finding_and_its_evidence()
    {
        await Cluster.PolicyAsync(Shop, "verify: {soak: 24h}");
        var pods = await DeployTrustedAsync();
        var running = await StartOperatorAsync();
        var name = await Cluster.FindAsync(pods[0]);
        await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "Verifying", "soaks");
        await Waiting.UntilAsync(async () => await PodAsync(pods[0]) is null, "its pod is gone");
        await StopAsync(running);
        var soaking = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "Verifying", "soaks");
        soaking.Status!.EndedAt = Time.GetUtcNow() - TimeSpan.FromDays(100);
        soaking = (await Cluster.Recoveries.ReplaceAsync(soaking, "status")).Required();
        var finding = (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, name))).Required();
        finding.Status!.DecidedAt = Time.GetUtcNow() - TimeSpan.FromDays(100);
        finding = (await Cluster.Findings.ReplaceAsync(finding, "status")).Required();

        await OthersHadTheirTurnAsync();

        (await IsThereAsync(soaking)).Should().BeTrue();
        (await IsThereAsync(finding)).Should().BeTrue();
        ObjectKey.TryParse(soaking.Status!.Evidence.Select(e => e.ConfigMap).OfType<string>().First(), out var evidence).Should().BeTrue();
        (await IsThereAsync(evidence)).Should().BeTrue();
    }

    [Fact]
    public async Task A_finding_that_waits_stays_however_old_it_is()
    {
        var waiting = await Old.FindingAsync("waiting", 30, FindingState.Pending, ns: Shop);

        await OthersHadTheirTurnAsync(() => StartAsync(new() { MaxFindingsPerNamespace = 0 }));

        (await IsThereAsync(waiting)).Should().BeTrue();
    }

    [Fact]
    public async Task Records_that_a_tenant_keeps_cost_fifty_looks_in_a_pass_and_keep_no_other()
    {
        for (var i = 0; i < 60; i++)
            await Old.RecordAsync($"kept-{i}", 200, Held.Recovery, new() { Finalizers = ["shop.example/kept"] });
        var other = await Old.RecordAsync("other", 100);
        int Looks() => Cluster.Api.Requests.All.Count(r => r is { Verb: "get", Resource: "recoveries" } && TestCluster.IsOperator(r));

        await StartAsync();
        await Waiting.UntilAsync(() => Task.FromResult(Looks() >= 50), "the first pass is over");
        for (var i = 0; i < 20; i++)
            (await IsThereAsync(other.Recovery)).Should().BeTrue("the clock has not moved");
        Looks().Should().Be(50);

        await InALaterPassAsync(async () => !await IsThereAsync(other.Finding), "the other has its turn");
        await GoneAsync(other);
    }

    public static TheoryData<string> Marks => ["target", "removed", "cordon", "pause"];

    [Theory]
    [MemberData(nameof(Marks))]
    public async Task A_record_stays_as_long_as_something_of_it_is_left_in_the_cluster(string mark)
    {
        await Cluster.DeployAsync(Shop, "cart", $"cart:1.4@{Released}", 1);
        var pod = (await Cluster.PodsAsync(Shop))[0];
        var uid = mark == "target" ? pod.Uid() : "gone";
        var record = await Old.RecordAsync(pod.Name(), 100, uid: uid, removed: mark == "removed" ? ["gone", pod.Uid()] : null);
        var name = ObjectKey.Of(record.Recovery.Metadata).ToString();
        if (mark == "cordon")
            await Cluster.Client.PatchNodeAsync(
                Merge(new { spec = new { unschedulable = true }, metadata = Annotated(WellKnown.CordonedByAnnotation, JsonSerializer.Serialize((string[])[name])) }), pod.Spec.NodeName);
        if (mark == "pause")
            await Cluster.Client.PatchNamespacedDeploymentAsync(
                Merge(new { spec = new { paused = true }, metadata = Annotated(WellKnown.PausedByAnnotation, name) }), "cart", Shop);
        // The sweeper undoes both; here it cannot.
        Cluster.Api.Faults.Before = r => ValueTask.FromResult<Fault?>(
            r is { Verb: "patch", Resource: "nodes" or "deployments" } && TestCluster.IsOperator(r) ? new Fault.Respond(new(500, "InternalError", "broken")) : null);

        await OthersHadTheirTurnAsync();
        (await IsThereAsync(record.Recovery)).Should().BeTrue();
        (await IsThereAsync(record.Finding)).Should().BeTrue();
        (await IsThereAsync(record.Evidence)).Should().BeTrue();

        Cluster.Api.Faults.Before = null;
        if (mark is "target" or "removed")
            await Cluster.Client.DeleteNamespacedPodAsync(pod.Name(), Shop, gracePeriodSeconds: 1);
        if (mark == "pause")
            await Cluster.Client.PatchNamespacedDeploymentAsync(Merge(new { spec = new { paused = false }, metadata = Annotated(WellKnown.PausedByAnnotation, null) }), "cart", Shop);
        await InALaterPassAsync(async () => !await IsThereAsync(record.Finding), "it goes once nothing is left");
        await GoneAsync(record);
    }

    [Fact]
    public async Task What_a_record_names_and_was_not_stored_for_it_is_not_touched()
    {
        var other = await Old.RecordAsync("other", 1);
        // The name that the record will have is known before it is there.
        var own = RecoveryNames.For(Shop, "old", "old-uid", 0).ToString();
        Dictionary<string, string> named = new() { [WellKnown.RecoveryAnnotation] = own };
        ObjectKey[] foreign =
        [
            other.Evidence,
            await Old.ConfigMapAsync(new(Shop, "evidence-elsewhere"), named),
            await Old.ConfigMapAsync(new(TestCluster.OperatorNamespace, "evidence-by-hand"), named, manager: "kubectl"),
            await Old.ConfigMapAsync(
                new(TestCluster.OperatorNamespace, "evidence-of-a-namesake"), new Dictionary<string, string>(named) { [$"{WellKnown.Group}/recovery-uid"] = "an earlier one" }),
        ];
        var record = await Old.RecordAsync("old", 100, evidence: [.. foreign.Select(f => f.ToString()), "", "/", "../secrets"]);

        await StartAsync();

        await GoneAsync(record);
        foreach (var map in foreign)
            (await IsThereAsync(map)).Should().BeTrue($"{map} is none of its evidence");
    }

    [Theory]
    [InlineData(0, 7)]
    [InlineData(90, 0)]
    public async Task Zero_days_keep_everything(int recoveries, int findings)
    {
        var record = await Old.RecordAsync("old", 4000);
        var finding = await Old.FindingAsync("older", 4000);

        await StartAsync(new() { KeepRecoveries = TimeSpan.FromDays(recoveries), KeepFindings = TimeSpan.FromDays(findings) });

        // The other kind has had its turn in the same pass.
        if (recoveries == 0)
        {
            await GoneAsync(finding);
            (await IsThereAsync(record.Recovery)).Should().BeTrue();
            (await IsThereAsync(record.Finding)).Should().BeTrue();
            (await IsThereAsync(record.Evidence)).Should().BeTrue();
        }
        else
        {
            await GoneAsync(record);
            (await IsThereAsync(finding)).Should().BeTrue();
        }
    }

    private static object Annotated(string key, string? value) => new { annotations = new Dictionary<string, string?> { [key] = value } };

    private static V1Patch Merge(object patch) => new(JsonSerializer.Serialize(patch), V1Patch.PatchType.MergePatch);
}
