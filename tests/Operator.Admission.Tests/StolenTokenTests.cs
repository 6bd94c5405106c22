using static Operator.Admission.Tests.Installation;

namespace Operator.Admission.Tests;

/// <summary>
/// The operator's token in the wrong hands. The first half does everything that docs/security-model.md says is left to it; the second half tries
/// what the policies must refuse, mostly in two writes of which the first one looks harmless.
/// </summary>
public sealed class StolenTokenTests(Installation installation) : AdmissionTest(installation)
{
    private const string Guard = "immutable-recovery-guard";
    private const string Policies = $"apis/networking.k8s.io/v1/namespaces/{Namespace}/networkpolicies";

    [Fact]
    public async Task Left_is_to_isolate_detach_and_delete_a_pod()
    {
        Documented("isolate any pod outside the protected namespaces, take it out of its workload and delete it");
        var pod = await Installation.MakePodAsync("x", """, "labels": {"app": "cart"}""");
        (await DetachAsync(pod)).ShouldBeAccepted();
        (await Installation.Operator.DeleteAsync(pod)).ShouldBeAccepted();
    }

    [Fact]
    public async Task Left_is_to_release_a_pod()
    {
        Documented("release any pod from its quarantine, with the labels that it had");
        var pod = await Installation.MakePodAsync("x", """, "labels": {"app": "cart"}""");
        (await DetachAsync(pod)).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(pod, Release("""{"app": "cart", "immutablerecovery.io/quarantine": null}"""))).ShouldBeAccepted();
    }

    [Fact]
    public async Task Left_is_the_quarantines_NetworkPolicy()
    {
        Documented("install the quarantine's NetworkPolicy in a namespace, and delete it there");
        const string Path = "apis/networking.k8s.io/v1/namespaces/strict/networkpolicies";
        (await Installation.Operator.CreateAsync(Path, QuarantinePolicy())).ShouldBeAccepted();
        (await Installation.Operator.DeleteAsync($"{Path}/immutable-recovery-quarantine")).ShouldBeAccepted();
    }

    [Fact]
    public async Task Left_is_the_smallest_deletion_cost()
    {
        Documented("make a pod the first to go when its ReplicaSet is scaled down");
        var pod = await Installation.MakePodAsync("x");
        (await Installation.Operator.MergeAsync(pod, Cost("-2147483648"))).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(pod, Cost("2147483647"))).ShouldBeRefusedBy(Guard, "no other annotations");
    }

    [Fact]
    public async Task Left_is_to_pause_a_Deployment()
    {
        Documented("pause any Deployment, with a trace on it");
        (await Installation.Operator.MergeAsync(await Workload.Of("Deployment").MakeAsync(Installation), Pause("true", "\"shop/r\""))).ShouldBeAccepted();
    }

    [Fact]
    public async Task Left_is_to_cordon_a_node_and_to_evict()
    {
        Documented("cordon any node that is not cordoned, with a trace on it, and evict pods as their budgets allow");
        (await Installation.Operator.MergeAsync(await Installation.MakeNodeAsync(), Cordon("true", "\"[]\""))).ShouldBeAccepted();
        var pod = await Installation.MakePodAsync("x");
        (await Installation.Operator.CreateAsync($"{pod}/eviction", $$"""{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "{{pod.Split('/')[^1]}}"} }""")).ShouldBeAccepted();
    }

    [Fact]
    public async Task Left_is_another_digest_of_a_repository_that_no_TrustedImage_describes()
    {
        Documented("pin an image of a repository that no TrustedImage describes to another digest of that repository");
        var workload = Workload.Of("Deployment");
        var path = await workload.MakeAsync(Installation, "elsewhere.example/tool:1");
        (await Installation.Operator.PatchAsync(path, workload.Image($"elsewhere.example/tool:1@{Unlisted}"))).ShouldBeAccepted();
    }

    [Fact]
    public async Task Left_is_to_revoke_what_nobody_lists()
    {
        Documented("revoke digests that no TrustedImage lists, at most 64 in a write");
        (await Installation.Operator.MergeAsync(RevocationList, Revoking(0, 64))).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(RevocationList, Revoking(64, 65))).ShouldBeRefusedBy(Guard, "adds to the ImageRevocationList");
    }

    [Fact]
    public async Task Left_is_to_read_pods()
    {
        Documented("read every pod, its logs and its environment variables");
        (await Installation.Operator.GetAsync(await Installation.MakePodAsync("x"))).ShouldBeAccepted();
    }

    [Fact]
    public async Task Left_is_to_store_findings()
    {
        Documented("create SecurityFindings in the operator's namespace, as any registered sender can");
        var finding = Finding(Installation.NewName("finding"), "x").Replace("\"reportedBy\": \"x\", ", "", StringComparison.Ordinal);
        (await Installation.Operator.CreateAsync("apis/immutablerecovery.io/v1alpha1/namespaces/immutable-recovery/securityfindings", finding)).ShouldBeAccepted();
    }

    [Fact]
    public async Task Left_is_to_delete_ended_records()
    {
        Documented("delete ended records before their time, unless they are on hold");
        (await Installation.Operator.DeleteAsync(await Installation.MakeEndedRecoveryAsync(Namespace, "RecoveryPolicy"))).ShouldBeAccepted();
        var held = await Installation.MakeEndedRecoveryAsync(Namespace, "RecoveryPolicy");
        (await Installation.Administrator.MergeAsync(held, """{"metadata": {"labels": {"immutablerecovery.io/hold": ""}}}""")).ShouldBeAccepted();
        (await Installation.Operator.DeleteAsync(held)).ShouldBeRefusedBy($"{Guard}-records", "is kept");
    }

    [Fact]
    public async Task No_label_of_choice_comes_by_way_of_remembered_ones()
    {
        var pod = await Installation.MakePodAsync("x", """, "labels": {"app": "cart"}""");
        (await Installation.Operator.MergeAsync(pod, Remember("""{\"app\":\"vault\"}"""))).ShouldBeRefusedBy(Guard, "written down when it is detached");
        (await Installation.Operator.MergeAsync(pod, Detach("""{"app": null}""", """{\"app\":\"vault\"}"""))).ShouldBeRefusedBy(Guard, "exactly those are remembered");
        (await Installation.Operator.MergeAsync(pod, Detach("""{"app": null}""", """{\"app\":\"cart\",\"role\":\"vault\"}"""))).ShouldBeRefusedBy(Guard, "exactly those are remembered");
        (await Installation.Operator.MergeAsync(pod, Detach("""{"app": null}""", """x,\"app\":\"cart\",x"""))).ShouldBeRefusedBy(Guard, "exactly those are remembered");
        (await DetachAsync(pod)).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(pod, Remember("""{\"app\":\"vault\"}"""))).ShouldBeRefusedBy(Guard, "not changed afterwards");
        (await Installation.Operator.MergeAsync(pod, Release("""{"app": "vault", "immutablerecovery.io/quarantine": null}"""))).ShouldBeRefusedBy(Guard, "gives a detached pod back all labels that it had");
    }

    [Fact]
    public async Task No_label_is_taken_for_good()
    {
        var pod = await Installation.MakePodAsync("x", """, "labels": {"app": "cart", "team": "a"}""");
        (await Installation.Operator.MergeAsync(pod, Detach("""{"app": null}""", """{\"app\":\"cart\"}"""))).ShouldBeRefusedBy(Guard, "loses all labels");
        (await Installation.Operator.MergeAsync(pod, Detach("""{"app": null, "team": null}""", """{\"app\":\"cart\"}"""))).ShouldBeRefusedBy(Guard, "exactly those are remembered");
        (await Installation.Operator.MergeAsync(pod, Detach("""{"app": null, "team": null}""", """{\"app\":\"cart\",\"app\":\"cart\"}"""))).ShouldBeRefusedBy(Guard, "exactly those are remembered");
        (await Installation.Operator.MergeAsync(pod, Detach("""{"app": null, "team": null}""", """{\"team\":\"a\",\"app\":\"cart\"}"""))).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(pod, Release("""{"immutablerecovery.io/quarantine": null}"""))).ShouldBeRefusedBy(Guard, "gives a detached pod back all labels");
        (await Installation.Operator.MergeAsync(pod, Release("""{"app": "cart", "immutablerecovery.io/quarantine": null}"""))).ShouldBeRefusedBy(Guard, "gives a detached pod back all labels");
        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/quarantine": null}}}""")).ShouldBeRefusedBy(Guard, "leaves its quarantine only with the labels");
        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"annotations": {"immutablerecovery.io/original-labels": null}}}""")).ShouldBeRefusedBy(Guard, "not changed afterwards");
        (await Installation.Operator.MergeAsync(pod, Release("""{"team": "a", "app": "cart", "immutablerecovery.io/quarantine": null}"""))).ShouldBeAccepted();
    }

    [Fact]
    public async Task No_other_mark_of_ours_is_put_on_a_pod()
    {
        var pod = await Installation.MakePodAsync("x");
        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/protected": "true"}}}""")).ShouldBeRefusedBy(Guard, "no other labels");
        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"annotations": {"immutablerecovery.io/anything": "x"}}}""")).ShouldBeRefusedBy(Guard, "no other annotations");
        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"annotations": {"immutablerecovery.io/admission-trial": "true"}}}""")).ShouldBeRefusedBy(Guard, "no other annotations");
        (await Installation.Operator.MergeAsync(pod, $$$"""{"metadata": {"annotations": {"immutablerecovery.io/recovery": "{{{new string('x', 513)}}}"} } }""")).ShouldBeRefusedBy(Guard, "no other annotations");
    }

    [Fact]
    public async Task No_foreign_cordon_is_lifted_in_two_writes()
    {
        var node = await Installation.MakeNodeAsync("""{"unschedulable": true}""");
        (await Installation.Operator.MergeAsync(node, """{"metadata": {"annotations": {"immutablerecovery.io/cordoned-by": "[]"}}}""")).ShouldBeRefusedBy(Guard, "lifts only its own");
        (await Installation.Operator.MergeAsync(node, Cordon("null", "\"[]\""))).ShouldBeRefusedBy(Guard, "lifts only its own");
        var free = await Installation.MakeNodeAsync();
        (await Installation.Operator.MergeAsync(free, """{"metadata": {"annotations": {"immutablerecovery.io/cordoned-by": "[]"}}}""")).ShouldBeRefusedBy(Guard, "lifts only its own");
    }

    [Fact]
    public async Task No_foreign_pause_is_lifted_in_two_writes()
    {
        var deployment = await Workload.Of("Deployment").MakeAsync(Installation);
        (await Installation.Administrator.MergeAsync(deployment, """{"spec": {"paused": true}}""")).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(deployment, Pause("true", "\"shop/r\""))).ShouldBeRefusedBy(Guard, "lifts only its own pause");
        (await Installation.Operator.MergeAsync(deployment, Pause("null", "null"))).ShouldBeRefusedBy(Guard, "lifts only its own pause");
        var running = await Workload.Of("Deployment").MakeAsync(Installation);
        (await Installation.Operator.MergeAsync(running, """{"spec": {"paused": true}}""")).ShouldBeRefusedBy(Guard, "with a trace");
        (await Installation.Operator.MergeAsync(running, """{"metadata": {"annotations": {"immutablerecovery.io/paused-by": "shop/r"}}}""")).ShouldBeRefusedBy(Guard, "with a trace");
    }

    [Theory]
    [InlineData("Deployment")]
    [InlineData("CronJob")]
    public async Task No_container_becomes_an_init_container(string kind)
    {
        var workload = Workload.Of(kind);
        var path = await workload.MakeAsync(Installation);
        (await Installation.Operator.PatchAsync(path, workload.Template("""
            {"spec": {"containers": [{"name": "other", "$patch": "delete"}],
             "initContainers": [{"name": "other", "image": "other:1", "resources": {}, "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent"}]} }
            """))).ShouldBeRefusedBy(Guard, "nothing in a template but its images");
    }

    [Fact]
    public async Task No_image_has_two_digests()
    {
        var workload = Workload.Of("Deployment");
        var path = await workload.MakeAsync(Installation);
        // By both policies, of which the API server names one.
        var answer = await Installation.Operator.PatchAsync(path, workload.Image($"{Image}:1.4@{Listed}@{Unlisted}"));
        answer.Code.Should().Be(403);
        answer.Message.Should().Contain(Guard).And.ContainAny("pinned to a digest", "with one sha256 digest");
    }

    [Fact]
    public async Task The_quarantines_NetworkPolicy_carries_nothing_else()
    {
        foreach (var more in (string[])["\"finalizers\": [\"mine.example/hold\"]", "\"annotations\": {\"a\": \"b\"}", "\"labels\": {\"a\": \"b\"}"])
            (await Installation.Operator.CreateAsync($"{Policies}?dryRun=All", QuarantinePolicy(", " + more))).ShouldBeRefusedBy(Guard, "allows nothing");
    }

    [Fact]
    public async Task A_pod_with_two_hundred_labels_is_detached_and_given_back()
    {
        var labels = Enumerable.Range(0, 200).ToDictionary(i => $"a-prefix-that-is-long.example.org/label-number-{i:D3}", i => new string('v', 60) + $"{i:D3}");
        var json = string.Join(", ", labels.Select(l => $"\"{l.Key}\": \"{l.Value}\""));
        var pod = await Installation.MakePodAsync("x", $$""", "labels": { {{json}} }""");

        var removed = string.Join(", ", labels.Keys.Select(k => $"\"{k}\": null"));
        var remembered = string.Join(",", labels.Select(l => $"\\\"{l.Key}\\\":\\\"{l.Value}\\\""));
        (await Installation.Operator.MergeAsync(pod, Detach($$"""{ {{removed}} }""", $$"""{{{remembered}}}"""))).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(pod, Release($$"""{ {{json}}, "immutablerecovery.io/quarantine": null }"""))).ShouldBeAccepted();
    }

    // A tenant may add ephemeral containers, as many as fit, to make a policy too expensive that judges each write of the pod.
    [Theory]
    [InlineData("shop")]
    [InlineData("strict")]
    public async Task A_pod_with_thousands_of_containers_is_isolated_and_released(string ns)
    {
        var pod = await Installation.MakePodAsync("x", """, "labels": {"app": "cart"}""", ns);
        var containers = string.Join(", ", Enumerable.Range(0, 3000).Select(i => $$"""{"name": "e{{i}}", "image": "y{{i}}"}"""));
        var added = await Installation.Administrator.PatchAsync($"{pod}/ephemeralcontainers", $$"""{"spec": {"ephemeralContainers": [{{containers}}]} }""");

        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/quarantine": "r"}, "annotations": {"immutablerecovery.io/recovery": "shop/r"}}}""")).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/quarantine": null}}}""")).ShouldBeAccepted();
        added.Code.Should().BeOneOf([200, 403], added.Body.ToString());
    }

    [Fact]
    public async Task A_Deployment_with_thousands_of_containers_is_paused_and_let_go()
    {
        var containers = string.Join(", ", Enumerable.Range(0, 3000).Select(i => $$"""{"name": "c{{i}}", "image": "y{{i}}"}"""));
        var path = await Workload.Of("Deployment").MakeAsync(Installation);
        (await Installation.Administrator.PatchAsync(path, $$"""{"spec": {"template": {"spec": {"containers": [{{containers}}]} } } }""")).ShouldBeAccepted();

        (await Installation.Operator.MergeAsync(path, """{"spec": {"paused": true}, "metadata": {"annotations": {"immutablerecovery.io/paused-by": "shop/r"}}}""")).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(path, """{"spec": {"paused": null}, "metadata": {"annotations": {"immutablerecovery.io/paused-by": null}}}""")).ShouldBeAccepted();
    }

    [Fact]
    public async Task A_pod_whose_annotations_are_full_is_isolated_by_its_label_alone()
    {
        var pod = await Installation.MakePodAsync("x", $$""", "labels": {"app": "cart"}, "annotations": {"filler": "{{new string('x', 262_130)}}"}""");
        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/quarantine": "r"}, "annotations": {"immutablerecovery.io/recovery": "shop/r"}}}""")).Code.Should().Be(422);
        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/quarantine": "r"}}}""")).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/quarantine": null}}}""")).ShouldBeAccepted();
    }

    private const string RevocationList = "apis/immutablerecovery.io/v1alpha1/imagerevocationlists/immutable-recovery";

    private static string Revoking(int from, int count) =>
        "{\"spec\": {\"revoked\": {" + string.Join(", ", Enumerable.Range(from, count).Select(i => $"\"sha256:{i:x64}\": {{\"reason\": \"r\"}}")) + "}}}";

    private Task<Answer> DetachAsync(string pod) => Installation.Operator.MergeAsync(pod, Detach("""{"app": null}""", """{\"app\":\"cart\"}"""));

    private static string Detach(string labels, string remembered) =>
        $$$"""{"metadata": {"labels": {{{labels.TrimEnd()[..^1]}}}, "immutablerecovery.io/quarantine": "r"}, "annotations": {"immutablerecovery.io/original-labels": "{{{remembered}}}", "immutablerecovery.io/detached-at": "2026-01-01T00:00:00Z"} } }""";

    private static string Remember(string remembered) => $$$"""{"metadata": {"annotations": {"immutablerecovery.io/original-labels": "{{{remembered}}}"} } }""";

    private static string Release(string labels) =>
        $$$"""{"metadata": {"labels": {{{labels}}}, "annotations": {"immutablerecovery.io/original-labels": null, "immutablerecovery.io/detached-at": null} } }""";

    private static string Cost(string cost) => $$$"""{"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "{{{cost}}}"} } }""";

    private static string Pause(string paused, string by) => $$$"""{"spec": {"paused": {{{paused}}} }, "metadata": {"annotations": {"immutablerecovery.io/paused-by": {{{by}}} } } }""";

    private static string Cordon(string unschedulable, string by) => $$$"""{"spec": {"unschedulable": {{{unschedulable}}} }, "metadata": {"annotations": {"immutablerecovery.io/cordoned-by": {{{by}}} } } }""";

    private static string QuarantinePolicy(string metadata = "") => $$"""
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "immutable-recovery-quarantine"{{metadata}} },
         "spec": {"podSelector": {"matchExpressions": [{"key": "immutablerecovery.io/quarantine", "operator": "Exists"}]}, "policyTypes": ["Ingress", "Egress"]} }
        """;

    /// <summary>The line of the security model that this test does.</summary>
    private static void Documented(string line)
    {
        var model = File.ReadAllText(Path.Combine(RepositoryRoot.Folder, "docs", "security-model.md"));
        var list = model[model.IndexOf("<!-- left:", StringComparison.Ordinal)..model.IndexOf("<!-- end of left -->", StringComparison.Ordinal)];
        list.Should().Contain($"- {line}");
        typeof(StolenTokenTests).GetMethods().Count(m => m.Name.StartsWith("Left_is", StringComparison.Ordinal))
            .Should().Be(list.Split('\n').Count(l => l.StartsWith("- ", StringComparison.Ordinal)), "each line has its test");
    }
}
