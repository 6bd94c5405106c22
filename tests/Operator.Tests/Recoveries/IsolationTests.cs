using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;

namespace Operator.Tests.Recoveries;

/// <summary>What the condition Contained says is so: beside other NetworkPolicies, and when isolating is refused or fails.</summary>
public sealed class IsolationTests : ShopTest
{
    private const string Everything = "ingress: [{}], egress: [{}], policyTypes: [Ingress, Egress]";

    private static string Peers => string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"{{ipBlock: {{cidr: 10.{i / 250}.{i % 250}.0/24}}}}"));

    public static TheoryData<string, string, string?> Others => new()
    {
        { "podSelector: {}, ingress: [{}], policyTypes: [Ingress]", "the whole namespace, ingress", "ingress by shop/other" },
        { "podSelector: {matchLabels: {app: cart}}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}], policyTypes: [Egress]", "its labels, egress", "egress by shop/other" },
        { "podSelector: {matchExpressions: [{key: immutablerecovery.io/quarantine, operator: Exists}]}, " + Everything, "our label, both", "ingress by shop/other; egress by shop/other" },
        { $"podSelector: {{matchLabels: {{app: cart}}}}, ingress: [{{from: [{Peers}]}}], policyTypes: [Ingress]", "more rules than the cache keeps", "ingress by shop/other" },
        { $"podSelector: {{matchLabels: {{app: another}}}}, ingress: [{{from: [{Peers}]}}], policyTypes: [Ingress]", "more rules than the cache keeps, for other pods", null },
        { "podSelector: {matchLabels: {app: another}}, " + Everything, "other pods", null },
        { "podSelector: {}, policyTypes: [Ingress, Egress]", "another deny", null },
        { "podSelector: {matchLabels: {app: cart}}, ingress: [{}], policyTypes: [Egress]", "rules of a direction that it leaves out", null },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task A_labelled_pod_is_contained_only_where_no_other_policy_allows_its_traffic(string spec, string which, string? allowed)
    {
        await OtherPolicyAsync(spec);
        var contained = (await ContainedAsync(which)).Condition;
        if (allowed is null)
            contained.Should().Match<StatusCondition>(c => c.Status == "True" && c.Reason == "Isolated", which);
        else
            contained.Should().Match<StatusCondition>(c => c.Status == "Unknown" && c.Reason == "AllowedByOtherPolicies" && c.Message.EndsWith(allowed), which);
    }

    [Theory]
    [InlineData("{matchLabels: {app: cart}}", true)]
    [InlineData("{matchExpressions: [{key: immutablerecovery.io/quarantine, operator: Exists}]}", false)]
    [InlineData("{}", false)]
    public async Task A_detached_pod_escapes_the_policies_that_select_its_old_labels(string selector, bool isolated)
    {
        await OtherPolicyAsync($"podSelector: {selector}, {Everything}");
        await Cluster.PolicyAsync(Shop, "replace: {approval: [], retainOriginalFor: 1h}\nverify: {soak: 1h}");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);

        var soaking = await Cluster.RecoveryAsync(pods[0], r => r.Status?.ReplacedAt is not null, "is replaced");
        (await PodAsync(pods[0]))!.Labels().Keys.Should().Equal(WellKnown.QuarantineLabel);
        ContainedOf(soaking).Should().Match<StatusCondition>(c => isolated
            ? c.Status == "True" && c.Reason == "IsolatedAndDetached"
            : c.Status == "Unknown" && c.Reason == "AllowedByOtherPolicies");
        soaking.Status!.Exposure.Any(e => e.Contains("shop/other")).Should().Be(!isolated);
    }

    [Fact]
    public async Task Containment_is_judged_again_when_policies_or_labels_change()
    {
        var (pod, first) = await ContainedAsync("no policy");
        first.Status.Should().Be("True");

        await OtherPolicyAsync($"podSelector: {{matchLabels: {{app: cart}}}}, {Everything}");
        var open = await Cluster.RecoveryAsync(pod, r => ContainedOf(r)?.Reason == "AllowedByOtherPolicies", "is open");
        open.Status!.Exposure.Should().ContainSingle(e => e.Contains("ingress by shop/other; egress by shop/other"));
        await Waiting.UntilAsync(
            async () => (await Cluster.Client.CoreV1.ListNamespacedEventAsync(Shop)).Items.Any(e => e is { Reason: "ContainmentUnknown", Type: "Warning" } && e.Message.Contains("shop/other")), "an Event says so");

        await Cluster.Client.PatchNamespacedNetworkPolicyAsync(new V1Patch("""{"spec": {"podSelector": {"matchLabels": {"app": "another"}}}}""", V1Patch.PatchType.MergePatch), "other", Shop);
        await Cluster.RecoveryAsync(pod, r => ContainedOf(r)?.Status == "True", "is isolated again");

        await Cluster.Client.PatchNamespacedPodAsync(new V1Patch("""{"metadata": {"labels": {"app": "another"}}}""", V1Patch.PatchType.MergePatch), pod.Name(), Shop);
        await Cluster.RecoveryAsync(pod, r => ContainedOf(r)?.Reason == "AllowedByOtherPolicies", "is open by its new label");

        await Cluster.Client.DeleteNamespacedNetworkPolicyAsync("other", Shop);
        await Cluster.RecoveryAsync(pod, r => ContainedOf(r)?.Status == "True", "is isolated at last");
    }

    [Fact]
    public async Task A_policy_that_a_collection_delete_removes_comes_back_each_time()
    {
        var (pod, _) = await ContainedAsync("no policy");
        for (var times = 1; times <= 3; times++)
        {
            await Cluster.Client.DeleteCollectionNamespacedNetworkPolicyAsync(Shop);
            await Cluster.RecoveryAsync(pod, r => r.Status?.Progress?.NetworkPolicyRestored == times, $"put it back {times} times");
        }
        await Cluster.RecoveryAsync(pod, r => ContainedOf(r)?.Status == "True", "is isolated");
    }

    [Fact]
    public async Task A_quarantine_policy_that_somebody_opened_is_made_anew()
    {
        var (pod, _) = await ContainedAsync("no policy");
        await Cluster.Client.PatchNamespacedNetworkPolicyAsync(new V1Patch("""{"spec": {"ingress": [{}]}}""", V1Patch.PatchType.MergePatch), WellKnown.QuarantinePolicy, Shop);

        await Waiting.UntilAsync(
            async () => (await Cluster.Client.ListNamespacedNetworkPolicyAsync(Shop)).Items is [{ Spec: { Ingress: null or { Count: 0 }, PolicyTypes.Count: 2 } }], "it denies again");
        await Cluster.RecoveryAsync(pod, r => ContainedOf(r)?.Status == "True", "is isolated");
    }

    [Fact]
    public async Task A_policy_that_cannot_be_read_is_not_absent_and_the_server_is_left_alone_as_long_as_it_asks()
    {
        var (posts, reads, failing) = (0, 0, true);
        Cluster.Api.Faults.Before = request =>
        {
            if (!failing || request is not { Resource: "networkpolicies" } || !TestCluster.IsOperator(request) || request.Verb is not ("get" or "create"))
                return ValueTask.FromResult<Fault?>(null);
            _ = request.Verb == "create" ? Interlocked.Increment(ref posts) : Interlocked.Increment(ref reads);
            return ValueTask.FromResult<Fault?>(new Fault.Respond(new(429, "TooManyRequests", "too many requests")));
        };
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);

        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        ContainedOf(waiting).Should().Match<StatusCondition>(c => c.Status == "Unknown" && c.Reason == "QuarantinePolicyUnknown" && c.Message.Contains("too many requests"));
        (await PodAsync(pods[0]))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel, "it is labelled all the same");
        posts.Should().Be(0, "an error is no absence");
        reads.Should().BeLessThan(20);

        failing = false;
        var contained = await Cluster.RecoveryAsync(pods[0], r => ContainedOf(r)?.Status == "True", "is isolated");
        contained.Status!.Progress!.NetworkPolicyRestored.Should().BeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_quota_on_NetworkPolicies_keeps_no_pod_from_being_labelled_and_is_said()
    {
        var refusing = true;
        Cluster.Api.Faults.Before = request => ValueTask.FromResult<Fault?>(
            refusing && request is { Verb: "create", Resource: "networkpolicies" } && TestCluster.IsOperator(request)
                ? new Fault.Respond(new(403, "Forbidden", "exceeded quota: none")) : null);
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);

        var said = await Cluster.RecoveryAsync(pods[0], r => ContainedOf(r)?.Reason == "IsolationFailed", "says so");
        ContainedOf(said).Should().Match<StatusCondition>(c => c.Status == "False" && c.Message.Contains("exceeded quota"));
        await Waiting.UntilAsync(async () => (await PodAsync(pods[0]))!.Labels().ContainsKey(WellKnown.QuarantineLabel), "it is labelled");

        refusing = false;
        await Cluster.RecoveryAsync(pods[0], r => ContainedOf(r)?.Status == "True", "is isolated");
    }

    [Fact]
    public async Task A_pod_whose_annotations_are_full_is_isolated_by_its_label_and_recovered()
    {
        await Cluster.PolicyAsync(Shop, "verify: {soak: 0s}");
        var pods = await DeployTrustedAsync();
        await Cluster.Client.PatchNamespacedPodAsync(
            new V1Patch("""{"metadata": {"annotations": {"padding": "PADDING"}}}""".Replace("PADDING", new string('x', 262_130 - Used(pods[0]))), V1Patch.PatchType.MergePatch), pods[0].Name(), Shop);
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);

        var ended = await Cluster.EndedAsync(pods[0]);
        ended.Status!.ContainedAt.Should().NotBeNull();
        ended.Status.Progress!.Notes.Should().ContainSingle(n => n.Contains("by its label alone"));
        await Waiting.UntilAsync(async () => await PodAsync(pods[0]) is null, "it is gone");
    }

    private static int Used(V1Pod pod) => "padding".Length + (pod.Annotations() ?? new Dictionary<string, string>()).Sum(a => a.Key.Length + a.Value.Length);

    [Fact]
    public async Task A_pod_of_which_only_the_label_may_be_changed_stays_labelled_until_its_recovery_ends_and_is_released_then()
    {
        Cluster.Api.Faults.Before = request => ValueTask.FromResult<Fault?>(
            request is { Verb: "patch", Resource: "pods" } && TestCluster.IsOperator(request) && request.RequestBody?.ToJsonString().Contains("annotations") is true
                ? new Fault.Respond(new(422, "Invalid", "metadata.annotations: Too long")) : null);
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);

        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        ContainedOf(waiting)!.Status.Should().Be("True");
        (await PodAsync(pods[0]))!.Labels().Should().Contain(WellKnown.QuarantineLabel, waiting.Metadata.Name).And.ContainKey("app");
    }

    [Fact]
    public async Task What_cannot_be_isolated_is_said_within_seconds_in_the_servers_words_and_goes_on()
    {
        var failing = true;
        Cluster.Api.Faults.Before = request => ValueTask.FromResult<Fault?>(
            failing && request is { Verb: "patch", Resource: "pods" } && TestCluster.IsOperator(request)
                ? new Fault.Respond(new(500, "InternalError", "failed calling webhook \"gate.example\": connection refused")) : null);
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);

        var failed = await Cluster.RecoveryAsync(pods[0], r => ContainedOf(r)?.Reason == "IsolationFailed", "says so");
        ContainedOf(failed).Should().Match<StatusCondition>(c => c.Status == "False" && c.Message.Contains("gate.example"));
        await Waiting.UntilAsync(
            async () => (await Cluster.Client.CoreV1.ListNamespacedEventAsync(Shop)).Items.Any(e => e is { Reason: "IsolationFailed", Type: "Warning" }), "an Event says so");

        failing = false;
        await Cluster.RecoveryAsync(pods[0], r => ContainedOf(r)?.Status == "True", "is isolated");
    }

    [Theory]
    [InlineData("kube-system", "Contained")]
    [InlineData("shop", "AwaitingApproval")]
    public async Task A_system_class_waits_for_a_person_only_in_the_namespaces_that_are_configured(string critical, string becomes)
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync(podSpec: "priorityClassName: system-cluster-critical");
        await StartOperatorAsync(new() { CriticalNamespaces = [critical] });
        await Cluster.FindAsync(pods[0]);

        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", "waits for approval");
        (await PodAsync(pods[0]))!.Labels().ContainsKey(WellKnown.QuarantineLabel).Should().Be(becomes == "Contained");
        ContainedOf(waiting)!.Status.Should().Be(becomes == "Contained" ? "True" : "False");
    }

    private async Task<(V1Pod Pod, StatusCondition Condition)> ContainedAsync(string which)
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pods = await DeployTrustedAsync();
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        var waiting = await Cluster.RecoveryAsync(pods[0], r => r.Status?.Phase == "AwaitingApproval", $"waits for approval: {which}");
        return (pods[0], ContainedOf(waiting)!);
    }

    private Task OtherPolicyAsync(string spec) =>
        Cluster.ApplyAsync($"{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: other, namespace: {Shop}}}, spec: {{{spec}}}}}");

    private static StatusCondition? ContainedOf(Recovery recovery) => recovery.Status?.Conditions.FirstOrDefault(c => c.Type == "Contained");
}
