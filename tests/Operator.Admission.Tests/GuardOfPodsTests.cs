using static Operator.Admission.Tests.Installation;

namespace Operator.Admission.Tests;

/// <summary>What the operator's token can do to pods, nodes, NetworkPolicies and the revocation list.</summary>
public sealed class GuardOfPodsTests(Installation installation) : AdmissionTest(installation)
{
    private const string Guard = "immutable-recovery-guard";
    private const string Quarantined = """, "labels": {"immutablerecovery.io/quarantine": "r"}""";

    [Fact]
    public async Task Only_a_pod_in_quarantine_is_deleted()
    {
        var innocent = await Installation.MakePodAsync("x", """, "labels": {"app": "cart"}""");
        var quarantined = await Installation.MakePodAsync("x", Quarantined);

        (await Installation.Operator.DeleteAsync(innocent)).ShouldBeRefusedBy(Guard, "only a pod in quarantine may be deleted");
        (await Installation.Operator.DeleteAsync(quarantined)).ShouldBeAccepted();
    }

    [Fact]
    public async Task A_pod_is_evicted_but_for_those_of_protected_namespaces()
    {
        var pod = await Installation.MakePodAsync("x");
        (await Installation.Operator.CreateAsync($"{pod}/eviction", Eviction(pod))).ShouldBeAccepted();

        foreach (var ns in (string[])["kube-system", "immutable-recovery", "protected"])
        {
            var guarded = await Installation.MakePodAsync("x", ns: ns);
            (await Installation.Operator.CreateAsync($"{guarded}/eviction", Eviction(guarded))).ShouldBeRefusedBy(Guard, $"namespace {ns} is protected");
        }
    }

    private static string Eviction(string pod) => $$"""{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "{{pod.Split('/')[^1]}}"} }""";

    [Fact]
    public async Task No_pod_of_a_protected_namespace_is_touched()
    {
        foreach (var ns in (string[])["kube-system", "immutable-recovery", "protected"])
        {
            var pod = await Installation.MakePodAsync("x", Quarantined, ns);
            (await Installation.Operator.DeleteAsync(pod)).ShouldBeRefusedBy(Guard, $"namespace {ns} is protected");
            (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/quarantine": "s"}}}""")).ShouldBeRefusedBy(Guard, $"namespace {ns} is protected");
        }
    }

    [Fact]
    public async Task A_pod_is_contained_detached_and_given_back()
    {
        var pod = await Installation.MakePodAsync($"{Image}:1.4", """, "labels": {"app": "cart", "a.example/b": "c_d.e"}""");

        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/quarantine": "r"}, "annotations": {"immutablerecovery.io/recovery": "shop/r"}}}""")).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(pod, """
            {"metadata": {"labels": {"app": null, "a.example/b": null}, "annotations": {"immutablerecovery.io/original-labels": "{\"app\":\"cart\",\"a.example/b\":\"c_d.e\"}"}}}
            """)).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"app": "other"}}}""")).ShouldBeRefusedBy(Guard, "gives a detached pod back those that it had");
        (await Installation.Operator.MergeAsync(pod, """
            {"metadata": {"labels": {"app": "cart", "a.example/b": "c_d.e", "immutablerecovery.io/quarantine": null}, "annotations": {"immutablerecovery.io/original-labels": null, "immutablerecovery.io/recovery": null}}}
            """)).ShouldBeAccepted();
    }

    [Theory]
    [InlineData("""{"metadata": {"labels": {"team": "mine"}}}""", "no other labels than its own")]
    [InlineData("""{"metadata": {"labels": {"app": "other"}}}""", "no other labels than its own")]
    [InlineData("""{"metadata": {"labels": {"app": null}}}""", "labels are taken only from a pod that goes into quarantine")]
    [InlineData("""{"metadata": {"labels": {"app": null, "immutablerecovery.io/quarantine": "r"}}}""", "remembered")]
    [InlineData("""{"metadata": {"annotations": {"team": "mine"}}}""", "no other annotations than its own")]
    [InlineData("""{"metadata": {"finalizers": ["mine.example/hold"]}}""", "no finalizers")]
    [InlineData("""{"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "1"}]}}""", "no owners")]
    [InlineData("""{"spec": {"containers": [{"name": "main", "image": "evil"}]}}""", "nothing in a pod's spec")]
    [InlineData("""{"spec": {"activeDeadlineSeconds": 1}}""", "nothing in a pod's spec")]
    public async Task Of_a_pod_nothing_else_is_changed(string patch, string message)
    {
        var pod = await Installation.MakePodAsync("x", """, "labels": {"app": "cart"}""");

        (await Installation.Operator.PatchAsync(pod, patch)).ShouldBeRefusedBy(Guard, message);
    }

    [Fact]
    public async Task The_deletion_cost_is_changed()
    {
        var pod = await Installation.MakePodAsync("x");

        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-2147483648"}}}""")).ShouldBeAccepted();
    }

    [Fact]
    public async Task No_pod_is_made()
    {
        (await Installation.Operator.CreateAsync($"api/v1/namespaces/{Namespace}/pods", Pod(Installation.NewName("pod"), $"{Image}@{Listed}"))).ShouldBeRefusedBy(Guard, "no business with CREATE of pods");
    }

    [Fact]
    public async Task An_image_is_tried_in_a_dry_run_only()
    {
        var pod = await Installation.MakePodAsync($"{Image}:1.4");
        const string Trial = """{"metadata": {"annotations": {"immutablerecovery.io/admission-trial": "1"}}, "spec": {"containers": [{"name": "main", "image": "registry.test.example/cart:1.5"}]}}""";

        (await Installation.Operator.PatchAsync($"{pod}?dryRun=All", Trial)).ShouldBeAccepted();
        (await Installation.Operator.PatchAsync(pod, Trial)).ShouldBeRefusedBy(Guard, "no other annotations than its own");
        (await Installation.Operator.PatchAsync($"{pod}?dryRun=All", Trial.Replace("\"image\"", "\"terminationMessagePath\": \"/x\", \"image\""))).Code.Should().BeOneOf(403, 422);
    }

    [Fact]
    public async Task A_NetworkPolicy_isolates_pods_in_quarantine_and_nobody_else()
    {
        const string Path = $"apis/networking.k8s.io/v1/namespaces/{Namespace}/networkpolicies";
        static string Policy(string name, string spec) => $$"""{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "{{name}}"}, "spec": {{spec}} }""";
        const string Right = """{"podSelector": {"matchExpressions": [{"key": "immutablerecovery.io/quarantine", "operator": "Exists"}]}, "policyTypes": ["Ingress", "Egress"]}""";

        (await Installation.Operator.CreateAsync(Path, Policy("deny-all", Right))).ShouldBeRefusedBy(Guard, "one NetworkPolicy");
        (await Installation.Operator.CreateAsync(Path, Policy("immutable-recovery-quarantine", """{"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}"""))).ShouldBeRefusedBy(Guard, "selects pods in quarantine");
        (await Installation.Operator.CreateAsync(Path, Policy("immutable-recovery-quarantine", Right.Replace("\"policyTypes\"", "\"egress\": [{}], \"policyTypes\"")))).ShouldBeRefusedBy(Guard, "allows nothing");
        (await Installation.Operator.CreateAsync(Path, Policy("immutable-recovery-quarantine", Right))).ShouldBeAccepted();
        (await Installation.Bob.DeleteAsync($"{Path}/immutable-recovery-quarantine")).ShouldBeRefusedBy("immutable-recovery-reserved-labels", "isolates pods in quarantine");
        (await Installation.Operator.DeleteAsync($"{Path}/immutable-recovery-quarantine")).ShouldBeAccepted();
    }

    [Fact]
    public async Task A_node_is_cordoned_with_a_trace_and_uncordoned_only_with_one()
    {
        var name = Installation.NewName("node");
        (await Installation.Administrator.CreateAsync("api/v1/nodes", $$"""{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "{{name}}"} }""")).ShouldBeAccepted();
        var node = $"api/v1/nodes/{name}";

        (await Installation.Operator.MergeAsync(node, """{"spec": {"unschedulable": true}}""")).ShouldBeRefusedBy(Guard, "lifts only its own");
        (await Installation.Operator.MergeAsync(node, """{"metadata": {"labels": {"a": "b"}}}""")).ShouldBeRefusedBy(Guard, "no other labels");
        (await Installation.Operator.MergeAsync(node, """{"spec": {"podCIDR": "10.0.0.0/24"}}""")).ShouldBeRefusedBy(Guard, "nothing on a node but its cordon");
        (await Installation.Operator.MergeAsync(node, """{"metadata": {"annotations": {"immutablerecovery.io/cordoned-by": "[\"shop/r\"]"}}, "spec": {"unschedulable": true}}""")).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(node, """{"metadata": {"annotations": {"immutablerecovery.io/cordoned-by": null}}, "spec": {"unschedulable": null}}""")).ShouldBeAccepted();
        (await Installation.Administrator.MergeAsync(node, """{"spec": {"unschedulable": true}}""")).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(node, """{"spec": {"unschedulable": null}}""")).ShouldBeRefusedBy(Guard, "lifts only its own");
        (await Installation.Operator.DeleteAsync(node)).ShouldBeRefusedBy(Guard, "no business with DELETE of nodes");
    }

    [Fact]
    public async Task Of_revocations_the_operator_adds_to_one_list_what_no_TrustedImage_lists()
    {
        const string Lists = "apis/immutablerecovery.io/v1alpha1/imagerevocationlists";
        static string Adding(string digest) => $$$"""{"spec": {"revoked": {"{{{digest}}}": {"reason": "recovery shop/r"} } } }""";
        var bad = Digest('7');

        (await Installation.Operator.MergeAsync($"{Lists}/immutable-recovery", Adding(bad))).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync($"{Lists}/immutable-recovery", Adding(Listed))).ShouldBeRefusedBy("immutable-recovery-guard-images", "TrustedImage cart lists the digest");
        (await Installation.Operator.MergeAsync($"{Lists}/incident", Adding(bad))).ShouldBeRefusedBy(Guard, "adds to the ImageRevocationList immutable-recovery");
        (await Installation.Operator.MergeAsync($"{Lists}/immutable-recovery", $$$"""{"spec": {"revoked": {"{{{bad}}}": null} } }""")).ShouldBeRefusedBy(Guard, "removes nothing");
        (await Installation.Operator.DeleteAsync($"{Lists}/immutable-recovery")).ShouldBeRefusedBy(Guard, "no business with DELETE of imagerevocationlists");
    }
}
