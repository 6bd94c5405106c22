using System.Text.Json;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;

namespace Operator.Tests.Cleanup;

/// <summary>What recoveries left behind is undone, whatever else carries text that looks like it.</summary>
public sealed class SweeperTests : ShopTest
{
    private const string Tenant = "tenant";

    /// <summary>Two are cordoned at once, and the last schedulable one never is.</summary>
    protected override int NodeCount => 4;

    public static TheoryData<string> ForeignText => ["", "../..", "/", "shop/..", "shop/a/b", "shop/\u0001", new string('x', 5000), "{}", "shop/nobody"];

    [Theory]
    [MemberData(nameof(ForeignText))]
    public async Task Foreign_text_on_a_tenants_objects_keeps_no_node_cordoned_and_no_pod_quarantined(string text)
    {
        await Cluster.NamespaceAsync(Tenant);
        await Cluster.DeployAsync(Tenant, "own", $"cart:1.4@{Released}", 1);
        await AnnotateDeploymentAsync("own", (WellKnown.PausedByAnnotation, text), (WellKnown.PinnedByAnnotation, text));
        var own = (await Cluster.PodsAsync(Tenant))[0];
        await MarkAsync(own, text);
        await Cluster.ClusterPolicyAsync("mode: Contain\ncontain: {node: Cordon}");
        var pods = await DeployTrustedAsync(1);
        await StartOperatorAsync(new() { QuarantinePolicyStays = TimeSpan.Zero });
        await Cluster.FindAsync(pods[0]);
        await Waiting.UntilAsync(async () => (await NodeAsync(pods[0])).Spec.Unschedulable is true, "the node is cordoned");

        await CancelAsync(pods[0]);

        await ReleasedAsync(pods[0]);
        await Waiting.UntilAsync(async () => (await NodeAsync(pods[0])).Spec.Unschedulable is not true, "the node is uncordoned");
    }

    [Fact]
    public async Task Foreign_text_among_the_holders_of_a_node_holds_nothing()
    {
        await Cluster.ClusterPolicyAsync("mode: Contain\ncontain: {node: Cordon}");
        var pods = await DeployTrustedAsync(1);
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await Waiting.UntilAsync(async () => (await NodeAsync(pods[0])).Spec.Unschedulable is true, "the node is cordoned");
        var holders = JsonSerializer.Deserialize<List<string?>>((await NodeAsync(pods[0])).Annotations()[WellKnown.CordonedByAnnotation])!;
        await Cluster.Client.PatchNodeAsync(
            Merge(new { metadata = new { annotations = new Dictionary<string, string> { [WellKnown.CordonedByAnnotation] = JsonSerializer.Serialize((string?[])["", "../..", null, .. holders]) } } }), pods[0].Spec.NodeName);
        (await NodeAsync(pods[0])).Spec.Unschedulable.Should().BeTrue();

        await CancelAsync(pods[0]);

        await Waiting.UntilAsync(async () => (await NodeAsync(pods[0])).Spec.Unschedulable is not true, "the node is uncordoned");
    }

    [Fact]
    public async Task A_pod_whose_patch_always_fails_keeps_no_node_of_another_namespace_cordoned()
    {
        await Cluster.NamespaceAsync(Tenant);
        await Cluster.ClusterPolicyAsync("mode: Contain\ncontain: {node: Cordon}");
        await Cluster.DeployAsync(Tenant, "own", $"cart:1.4@{Released}", 1);
        var own = (await Cluster.PodsAsync(Tenant))[0];
        var pods = await DeployTrustedAsync(1);
        var failing = false;
        using FailingRequests broken = new(r => failing && r.Method == HttpMethod.Patch && r.RequestUri!.AbsolutePath.EndsWith($"/pods/{own.Name()}", StringComparison.Ordinal));
        await using var running = await OperatorInProcess.StartAsync(Cluster, handlers: broken);
        foreach (var pod in new[] { own, pods[0] })
        {
            await Cluster.FindAsync(pod);
            await Waiting.UntilAsync(async () => (await NodeAsync(pod)).Annotations()?.TryGetValue(WellKnown.CordonedByAnnotation, out var by) is true && by.Contains(pod.Name(), StringComparison.Ordinal), "the node is cordoned");
        }

        failing = true;
        await CancelAsync(own);
        await Waiting.UntilAsync(() => Task.FromResult(broken.Answered > 1), "the sweeper has failed on the tenant's pod");
        await CancelAsync(pods[0]);

        await ReleasedAsync(pods[0]);
        await Waiting.UntilAsync(async () => (await NodeAsync(pods[0])).Spec.Unschedulable is not true, "the node is uncordoned");
    }

    [Fact]
    public async Task A_tenants_pod_that_names_the_ended_recovery_of_another_is_neither_deleted_nor_labelled()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        var ended = await Cluster.EndedAsync(pods[0]);

        await Cluster.NamespaceAsync(Tenant);
        await Cluster.DeployAsync(Tenant, "own", $"cart:1.4@{Released}", 3);
        var own = await Cluster.PodsAsync(Tenant);
        var name = $"{ended.Metadata.NamespaceProperty}/{ended.Metadata.Name}";
        await MarkAsync(own[0], name, detached: true);
        await MarkAsync(own[1], name, detached: false);
        await MarkAsync(own[2], name, labels: null);

        await SweptAsync(pods[1]);
        foreach (var pod in own)
        {
            (await PodAsync(pod)).Should().NotBeNull();
            (await PodAsync(pod))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel, "the record that it names is about another pod");
            (await PodAsync(pod))!.Labels().Should().NotContainKey("team.example/admin");
        }
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Namespace == Tenant && r.Resource == "pods");
    }

    [Fact]
    public async Task A_tenants_Deployment_that_names_the_ended_recovery_of_another_stays_paused()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        var ended = await Cluster.EndedAsync(pods[0]);

        await Cluster.NamespaceAsync(Tenant);
        await Cluster.DeployAsync(Tenant, "own", $"cart:1.4@{Released}", 1);
        await Cluster.DeployAsync(Tenant, "other", $"cart:1.4@{Released}", 1);
        await AnnotateDeploymentAsync("own", (WellKnown.PausedByAnnotation, $"{ended.Metadata.NamespaceProperty}/{ended.Metadata.Name}"));
        await AnnotateDeploymentAsync("other", (WellKnown.PausedByAnnotation, "shop/nobody"));

        await SweptAsync(pods[1]);
        foreach (var app in (string[])["own", "other"])
            (await Cluster.Client.ReadNamespacedDeploymentAsync(app, Tenant)).Spec.Paused.Should().BeTrue();
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Namespace == Tenant && r.Resource == "deployments");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_detached_pod_gets_back_the_labels_that_it_had_and_no_others(bool rewritten)
    {
        await Cluster.PolicyAsync(Shop, "replace: {approval: [], retainOriginalFor: 1h}\nverify: {soak: 1h}");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await Cluster.RecoveryAsync(pods[0], r => r.Status?.Progress?.Removals.FirstOrDefault()?.LabelsHash is not null && r.Status.Progress.SoakStartedAt is not null, "has written down what it took");
        if (rewritten)
            await Cluster.Client.PatchNamespacedPodAsync(
                Merge(new { metadata = new { annotations = new Dictionary<string, string> { [WellKnown.OriginalLabelsAnnotation] = """{"app":"cart","team.example/admin":"yes"}""" } } }), pods[0].Name(), Shop);

        await CancelAsync(pods[0]);
        await Cluster.EndedAsync(pods[0], "Cancelled");

        if (!rewritten)
        {
            await Waiting.UntilAsync(async () => (await PodAsync(pods[0])) is not { } pod || pod.Labels().ContainsKey("app"), "its labels are back");
            return;
        }
        await SweptAsync(pods[1]);
        (await PodAsync(pods[0]))!.Labels().Keys.Should().Equal(WellKnown.QuarantineLabel);
    }

    /// <summary>Another quarantine that is lifted shows that the sweeper has looked at everything since.</summary>
    private async Task SweptAsync(V1Pod pod)
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        await Waiting.UntilAsync(
            async () => (await Cluster.Policies.GetAsync(new(Shop, "intrusion"))).Required() is var policy && policy.Status?.ObservedGeneration == policy.Metadata.Generation, "the operator has seen the policy");
        await Cluster.FindAsync(pod);
        await Cluster.RecoveryAsync(pod, r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        await CancelAsync(pod);
        await ReleasedAsync(pod);
    }

    private Task ReleasedAsync(V1Pod pod) =>
        Waiting.UntilAsync(async () => !(await PodAsync(pod))!.Labels().ContainsKey(WellKnown.QuarantineLabel), "the pod is released");

    private async Task<V1Node> NodeAsync(V1Pod pod) => await Cluster.Client.ReadNodeAsync(pod.Spec.NodeName);

    private Task AnnotateDeploymentAsync(string name, params (string Key, string Value)[] annotations) => Cluster.Client.PatchNamespacedDeploymentAsync(
        Merge(new { metadata = new { annotations = annotations.ToDictionary(a => a.Key, a => a.Value) }, spec = new { paused = true } }), name, Tenant);

    /// <summary>What a tenant can put on a pod where no admission policy reserves it.</summary>
    private Task MarkAsync(V1Pod pod, string recovery, bool detached = false, string? labels = """{"team.example/admin":"yes"}""")
    {
        Dictionary<string, string> annotations = new() { [WellKnown.RecoveryAnnotation] = recovery };
        if (labels is not null)
            annotations[WellKnown.OriginalLabelsAnnotation] = labels;
        if (detached)
            annotations[WellKnown.DetachedAtAnnotation] = annotations[WellKnown.RetainUntilAnnotation] = "2020-01-01T00:00:00Z";
        return Cluster.Client.PatchNamespacedPodAsync(
            Merge(new { metadata = new { annotations, labels = new Dictionary<string, string> { [WellKnown.QuarantineLabel] = "x" } } }), pod.Name(), pod.Namespace());
    }

    private static V1Patch Merge(object patch) => new(JsonSerializer.Serialize(patch), V1Patch.PatchType.MergePatch);

    private async Task CancelAsync(V1Pod pod)
    {
        var recovery = (await Cluster.Recoveries.ListAsync(Runtime.Selection.All)).Required().Items.Single(r => r.Spec.Target.Uid == pod.Uid());
        (await Cluster.Recoveries.PatchAsync(
            Runtime.ObjectKey.Of(recovery.Metadata),
            Runtime.Patch.Merge(new() { ["spec"] = new System.Text.Json.Nodes.JsonObject { ["cancelled"] = true } }))).Required();
    }
}
