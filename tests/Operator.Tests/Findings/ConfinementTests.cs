using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;
using Operator.Runtime;

namespace Operator.Tests.Findings;

/// <summary>What a source may not speak for it does not reach, whenever its finding is resolved; and what one says of many pods is bounded.</summary>
public sealed class ConfinementTests : ShopTest
{
    private const string Token = "correct-horse-battery-staple";

    [Fact]
    public async Task A_container_that_turns_out_to_be_another_namespaces_is_not_touched_and_not_named()
    {
        await Cluster.PolicyAsync(Shop, "match: {findings: [{minimumSeverity: Low}]}");
        var pod = await BarePodAsync("db-0");
        await SourceAsync("tenant");
        await StartOperatorAsync();

        await StoreAsync("early", new() { ContainerId = ContainerOf(pod) });

        var status = await DecidedAsync("early");
        (status.State, status.Reason).Should().Be((FindingState.Unresolved, "NotAllowed"));
        status.Message.Should().NotContain("db-0").And.NotContain(Shop);
        (await PodAsync(pod))!.ResourceVersion().Should().Be(pod.ResourceVersion());
    }

    [Fact]
    public async Task Of_a_source_that_is_gone_only_the_namespace_counts_that_the_finding_names()
    {
        await Cluster.PolicyAsync(Shop, "match: {findings: [{minimumSeverity: Low}]}");
        var pod = await BarePodAsync("db-0");
        await StartOperatorAsync();

        await StoreAsync("anywhere", new() { ContainerId = ContainerOf(pod) });
        (await DecidedAsync("anywhere")).Reason.Should().Be("NotAllowed");
        await StoreAsync("named", new() { Namespace = Shop, ContainerId = ContainerOf(pod) });

        (await DecidedAsync("named")).State.Should().Be(FindingState.Matched);
    }

    [Fact]
    public async Task A_name_means_the_pod_that_has_it_however_late_the_watch_is()
    {
        await Cluster.SourceAsync(Token);
        await Cluster.PolicyAsync(Shop, "mode: Observe");
        var old = await BarePodAsync("db-0");
        // The list comes, the watch never does.
        TaskCompletionSource never = new();
        Cluster.Api.Faults.Before = async request =>
        {
            if (request is { Verb: "watch", Resource: "pods" } && request.UserAgent.StartsWith(OperatorOptions.FieldManager, StringComparison.Ordinal))
                await never.Task;
            return null;
        };
        var running = await StartOperatorAsync();
        await running.ReadyAsync();
        await Cluster.Client.DeleteNamespacedPodAsync("db-0", Shop, gracePeriodSeconds: 0);
        await Waiting.UntilAsync(async () => await PodAsync(old) is null, "the predecessor is gone");
        var compromised = await BarePodAsync("db-0");

        await running.PostAsync("falco", Token, $$$"""{"rule": "Shell", "priority": "Critical", "output_fields": {"k8s.ns.name": "{{{Shop}}}", "k8s.pod.name": "db-0"}}""");

        await Waiting.UntilAsync(async () => (await Cluster.RecoveriesAsync(Shop)).Any(r => r.Spec.Target.Uid == compromised.Uid()), "the pod that is there is recovered");
        (await Cluster.RecoveriesAsync(Shop)).Should().NotContain(r => r.Spec.Target.Uid == old.Uid());
        never.SetResult();
    }

    [Fact]
    public async Task A_higher_severity_and_another_tag_lead_to_the_recovery_that_they_alone_would_have_led_to()
    {
        await Cluster.SourceAsync(Token);
        await Cluster.PolicyAsync(Shop, "match: {findings: [{minimumSeverity: Critical, tags: [mitre_execution]}]}");
        var pod = (await DeployTrustedAsync())[0];
        var running = await StartOperatorAsync();
        await running.ReadyAsync();
        string Alert(string priority, string tags) => $$$"""{"rule": "Shell", "priority": "{{{priority}}}", "tags": [{{{tags}}}], "output_fields": {"k8s.ns.name": "{{{Shop}}}", "k8s.pod.name": "{{{pod.Name()}}}"}}""";

        await running.PostAsync("falco", Token, Alert("Debug", ""));
        var name = (await Cluster.Findings.ListAsync(new() { Namespace = TestCluster.OperatorNamespace })).Required().Items.Single().Metadata.Name;
        (await DecidedAsync(name)).State.Should().Be(FindingState.Unmatched);
        await running.PostAsync("falco", Token, Alert("Critical", ""));
        await running.PostAsync("falco", Token, Alert("Debug", "\"mitre_execution\""));

        await Cluster.EndedAsync(pod);
        var finding = (await Cluster.Findings.ListAsync(new() { Namespace = TestCluster.OperatorNamespace })).Required().Items.Should().ContainSingle().Subject;
        finding.Status!.HighestSeverity.Should().Be(FindingSeverity.Critical);
        finding.Status.Tags.Should().Equal("mitre_execution");
    }

    [Fact]
    public async Task A_source_with_as_many_findings_as_it_may_have_is_refused_junk_and_not_what_is_about_a_pod()
    {
        await Cluster.SourceAsync(Token);
        await Cluster.PolicyAsync(Shop, "mode: Observe");
        var pod = (await DeployTrustedAsync())[0];
        var running = await StartOperatorAsync(new() { MaxFindingsPerSource = 3 });
        await running.ReadyAsync();
        Task<System.Net.HttpStatusCode> PostAsync(string target) => running.PostAsync("falco", Token, $$$"""{"rule": "Shell", "priority": "Critical", "output_fields": {"k8s.ns.name": "{{{Shop}}}", "k8s.pod.name": "{{{target}}}"}}""");

        for (var i = 0; i < 3; i++)
            (await PostAsync($"junk-{i}")).Should().Be(System.Net.HttpStatusCode.Accepted);
        (await PostAsync("junk-3")).Should().Be(System.Net.HttpStatusCode.ServiceUnavailable);
        (await PostAsync("junk-0")).Should().Be(System.Net.HttpStatusCode.Accepted, "a repeat makes no object");
        (await PostAsync(pod.Name())).Should().Be(System.Net.HttpStatusCode.Accepted);

        await Cluster.EndedAsync(pod, "Skipped");
        await Waiting.UntilAsync(
            async () => (await Cluster.Sources.GetAsync(new("", "falco"))).Required().Status?.Conditions.Any(c => c is { Type: "FindingsCapped", Status: "True" }) is true, "the source says so");
    }

    [Fact]
    public async Task A_time_in_the_future_falsifies_no_recoverys_times()
    {
        await Cluster.PolicyAsync(Shop, "mode: Observe");
        var pod = (await DeployTrustedAsync())[0];
        await StartOperatorAsync();

        await ManualAsync("occurs-in-2999", pod.Name(), ", occurredAt: \"2999-01-01T00:00:00Z\", receivedAt: \"2999-01-01T00:00:00Z\"");

        var status = (await Cluster.EndedAsync(pod, "Skipped")).Status!;
        status.DetectedAt.Should().BeBefore(TimeProvider.System.GetUtcNow());
        status.OccurredAt.Should().BeNull();
    }

    private Task ManualAsync(string name, string pod, string more = "") => Cluster.ApplyAsync($$"""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: SecurityFinding
        metadata: {name: {{name}}, namespace: {{Shop}}}
        spec: {rule: "seen by a person", severity: Critical, target: {pod: {{pod}}}{{more}}}
        """);

    private Task SourceAsync(string ns) => Cluster.ApplyAsync($$"""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: FindingSource
        metadata: {name: confined}
        spec:
          type: Falco
          authentication: {tokenSHA256: [{hash: "{{new string('a', 64)}}"}]}
          namespaces: [{{ns}}]
        """);

    private static string ContainerOf(V1Pod pod) => pod.Status.ContainerStatuses[0].ContainerID.Split("://")[1];

    private async Task StoreAsync(string name, FindingTargetSpec target) => (await Cluster.Findings.CreateAsync(new SecurityFinding
    {
        Metadata = new() { NamespaceProperty = TestCluster.OperatorNamespace, Name = name },
        Spec = new() { Source = "confined", Rule = "Shell", Severity = FindingSeverity.Critical, ReceivedAt = TimeProvider.System.GetUtcNow(), Target = target },
    })).Required();

    private async Task<SecurityFindingStatus> DecidedAsync(string name, string ns = TestCluster.OperatorNamespace)
    {
        SecurityFindingStatus? status = null;
        await Waiting.UntilAsync(
            async () => (status = (await Cluster.Findings.GetAsync(new(ns, name))).Required().Status) is { State: not FindingState.Pending }, "it is decided on");
        return status!;
    }
}
