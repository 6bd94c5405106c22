using System.Globalization;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Findings;

/// <summary>Which findings lead to a recovery, and what the others say of themselves.</summary>
public sealed class FindingReconcilerTests : ShopTest
{
    [Fact]
    public async Task A_finding_about_a_predecessor_of_the_same_name_touches_nothing()
    {
        await Cluster.PolicyAsync(Shop);
        var old = await BarePodAsync("db-0");
        await Cluster.Client.DeleteNamespacedPodAsync("db-0", Shop, gracePeriodSeconds: 0);
        await Waiting.UntilAsync(async () => await PodAsync(old) is null, "the predecessor is gone");
        var innocent = await BarePodAsync("db-0");
        await StartOperatorAsync();

        var byUid = await Cluster.FindAsync(old);
        var byContainer = await CreateAsync(f =>
        {
            f.Spec.Target.PodUid = null;
            f.Spec.Target.ContainerId = old.Status.ContainerStatuses[0].ContainerID.Split("://")[1][..12];
        }, innocent);

        (await DecidedAsync(byUid)).Should().Be((FindingState.Unresolved, "PodNotFound"));
        (await DecidedAsync(byContainer)).Should().Be((FindingState.Unresolved, "ContainerNotFound"));
        await NothingTouchedAsync(innocent);
    }

    [Fact]
    public async Task A_finding_whose_time_is_before_the_pod_touches_nothing()
    {
        await Cluster.PolicyAsync(Shop);
        var pod = await BarePodAsync("db-0");
        await StartOperatorAsync();

        var name = await CreateAsync(f =>
        {
            f.Spec.Target.PodUid = null;
            f.Spec.OccurredAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(2);
        }, pod);

        (await DecidedAsync(name)).Should().Be((FindingState.Unresolved, "BeforePod"));
        await NothingTouchedAsync(pod);
    }

    [Fact]
    public async Task A_finding_that_is_too_old_for_its_policy_is_stale()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        var name = await CreateAsync(f => f.Spec.OccurredAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1), pods[0]);

        (await DecidedAsync(name)).Should().Be((FindingState.Stale, "TooOld"));
        await NothingTouchedAsync(pods[0]);
    }

    [Fact]
    public async Task A_stale_finding_that_happens_again_leads_to_a_recovery()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        var name = await CreateAsync(f => f.Spec.OccurredAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1), pods[0]);
        await DecidedAsync(name);

        var finding = (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, name))).Required();
        finding.Status!.LastSeenAt = TimeProvider.System.GetUtcNow();
        (await Cluster.Findings.ReplaceAsync(finding, "status")).Required();

        await Cluster.EndedAsync(pods[0]);
    }

    [Fact]
    public async Task A_finding_that_happens_again_after_the_record_of_its_recovery_was_deleted_leads_to_another()
    {
        await Cluster.PolicyAsync(Shop, "mode: Observe");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        var name = await CreateAsync(f => { }, pods[0]);
        var first = await Cluster.EndedAsync(pods[0], "Skipped");
        await DecidedAsync(name);
        (await Cluster.Recoveries.DeleteAsync(ObjectKey.Of(first.Metadata), new())).Required();

        var finding = (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, name))).Required();
        finding.Status!.LastSeenAt = TimeProvider.System.GetUtcNow();
        (await Cluster.Findings.ReplaceAsync(finding, "status")).Required();

        (await Cluster.EndedAsync(pods[0], "Skipped")).Metadata.Uid.Should().NotBe(first.Metadata.Uid);
    }

    [Fact]
    public async Task An_alert_that_is_sent_again_after_the_record_of_its_recovery_was_deleted_leads_to_another()
    {
        const string token = "correct-horse-battery-staple";
        await Cluster.SourceAsync(token);
        await Cluster.PolicyAsync(Shop, "mode: Observe");
        var pods = await DeployTrustedAsync();
        var running = await StartOperatorAsync();
        await running.ReadyAsync();
        var alert = $$"""{"rule": "Terminal shell in container", "priority": "Critical", "output_fields": {"k8s.ns.name": "{{Shop}}", "k8s.pod.name": "{{pods[0].Name()}}"} }""";
        await running.PostAsync("falco", token, alert);
        var first = await Cluster.EndedAsync(pods[0], "Skipped");
        (await Cluster.Recoveries.DeleteAsync(ObjectKey.Of(first.Metadata), new())).Required();

        await Waiting.UntilAsync(
            async () => await running.PostAsync("falco", token, alert) == System.Net.HttpStatusCode.Accepted && (await Cluster.RecoveriesAsync(Shop)).Any(r => r.Metadata.Uid != first.Metadata.Uid),
            "another recovery has it");
    }

    [Fact]
    public async Task A_manual_finding_of_its_own_namespace_leads_to_a_recovery_where_a_policy_lists_manual()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await ManualAsync(Shop, pods[0].Name());

        (await Cluster.EndedAsync(pods[0])).Status!.Findings.Should().ContainSingle().Which.Namespace.Should().Be(Shop);
    }

    [Fact]
    public async Task A_manual_finding_matches_no_policy_that_does_not_list_manual()
    {
        await Cluster.PolicyAsync(Shop, "match: {findings: [{minimumSeverity: Low}]}");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await ManualAsync(Shop, pods[0].Name());

        (await DecidedAsync("manual", Shop)).Should().Be((FindingState.Unmatched, "NoPolicyMatchesFinding"));
        await NothingTouchedAsync(pods[0]);
    }

    [Fact]
    public async Task A_manual_finding_does_not_speak_for_another_namespace()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await Cluster.NamespaceAsync("intruder");
        await StartOperatorAsync();

        await ManualAsync("intruder", pods[0].Name(), $", namespace: {Shop}, podUID: {pods[0].Uid()}");

        (await DecidedAsync("manual", "intruder")).Should().Be((FindingState.Unresolved, "ForeignNamespace"));
        await NothingTouchedAsync(pods[0]);
    }

    [Fact]
    public async Task A_manual_finding_never_cordons_a_node()
    {
        await Cluster.ApplyAsync("""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: ClusterRecoveryPolicy
            metadata: {name: everywhere}
            spec:
              mode: Recover
              match: {findings: [{sources: [manual]}]}
              contain: {node: Cordon}
              replace: {approval: []}
              verify: {soak: 0s}
            """);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await ManualAsync(Shop, pods[0].Name());

        await Cluster.EndedAsync(pods[0]);
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "nodes");
    }

    [Fact]
    public async Task Findings_about_the_same_pod_share_one_recovery()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0], "Terminal shell in container");
        await Cluster.FindAsync(pods[0], "Drop and execute new binary in container");

        await Cluster.RecoveryAsync(pods[0], r => r.Status?.Findings.Count == 2, "has both findings");
        (await Cluster.RecoveriesAsync(Shop)).Should().ContainSingle();
    }

    [Fact]
    public async Task A_finding_about_a_pod_that_was_taken_out_joins_the_record_of_its_recovery()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        var recovery = await Cluster.EndedAsync(pods[0]);

        var late = await Cluster.FindAsync(pods[0], "another rule");

        (await DecidedAsync(late)).Should().Be((FindingState.Matched, "PodRecovered"));
        (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, late))).Required().Status!.Recovery!.Name.Should().Be(recovery.Metadata.Name);
        (await Cluster.RecoveriesAsync(Shop)).Should().ContainSingle();
    }

    private Task ManualAsync(string ns, string pod, string target = "") => Cluster.ApplyAsync($$"""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: SecurityFinding
        metadata: {name: manual, namespace: {{ns}}}
        spec: {rule: "seen by a person", severity: Critical, target: {pod: {{pod}}{{target}}} }
        """);

    private async Task<string> CreateAsync(Action<SecurityFinding> change, V1Pod pod)
    {
        var finding = new SecurityFinding
        {
            Metadata = new() { NamespaceProperty = TestCluster.OperatorNamespace, Name = $"falco-late-{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8]}" },
            Spec = new()
            {
                Source = "falco",
                Rule = "Terminal shell in container",
                Severity = FindingSeverity.Critical,
                OccurredAt = TimeProvider.System.GetUtcNow(),
                ReceivedAt = TimeProvider.System.GetUtcNow(),
                Target = new() { Namespace = pod.Namespace(), Pod = pod.Name(), PodUid = pod.Uid() },
            },
        };
        change(finding);
        (await Cluster.Findings.CreateAsync(finding)).Required();
        return finding.Metadata.Name;
    }

    private async Task<(FindingState, string?)> DecidedAsync(string name, string ns = TestCluster.OperatorNamespace)
    {
        SecurityFindingStatus? status = null;
        await Waiting.UntilAsync(
            async () => (status = (await Cluster.Findings.GetAsync(new(ns, name))).Required().Status) is { State: not FindingState.Pending }, "it is decided on");
        return (status!.State, status.Reason);
    }

    private async Task NothingTouchedAsync(V1Pod pod)
    {
        (await PodAsync(pod))!.ResourceVersion().Should().Be(pod.ResourceVersion());
        (await Cluster.RecoveriesAsync(pod.Namespace())).Should().BeEmpty();
    }
}
