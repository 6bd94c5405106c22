namespace Operator.Admission.Tests;

/// <summary>A tenant cannot lift a quarantine.</summary>
public sealed class ReservedLabelsTests(Installation installation) : AdmissionTest(installation)
{
    private const string Reserved = "immutable-recovery-reserved-labels";

    [Theory]
    [InlineData("""{"metadata": {"labels": {"immutablerecovery.io/quarantine": null}}}""")]
    [InlineData("""{"metadata": {"labels": {"immutablerecovery.io/quarantine": "other"}}}""")]
    [InlineData("""{"metadata": {"labels": {"immutablerecovery.io/more": "x"}}}""")]
    [InlineData("""{"metadata": {"annotations": {"immutablerecovery.io/original-labels": "{}"}}}""")]
    [InlineData("""{"metadata": {"annotations": {"immutablerecovery.io/recovery": null}}}""")]
    public async Task A_user_with_all_rights_on_pods_changes_nothing_of_a_quarantine(string patch)
    {
        var pod = await QuarantinedAsync();

        (await Installation.Bob.MergeAsync(pod, patch)).ShouldBeRefusedBy(Reserved, "immutablerecovery.io/target-namespace=shop");
        (await Installation.Alice.MergeAsync(pod, patch)).ShouldBeRefusedBy(Reserved, "verb quarantine");
    }

    [Theory]
    [InlineData("""{"metadata": {"labels": {"immutablerecovery.io/quarantine": ""}}}""")]
    [InlineData("""{"metadata": {"annotations": {"immutablerecovery.io/original-labels": ""}}}""")]
    public async Task An_empty_value_is_reserved_like_any_other(string patch) =>
        (await Installation.Bob.MergeAsync(await Installation.MakePodAsync("x"), patch)).ShouldBeRefusedBy(Reserved, "labels and annotations of immutablerecovery.io");

    [Theory]
    [InlineData("pods", """{"metadata": {"labels": {"immutablerecovery.io/quarantine": "r"}}}""")]
    [InlineData("networkpolicies", "")]
    public async Task An_owner_of_all_verbs_in_one_namespace_lifts_no_quarantine_there(string what, string patch)
    {
        if (what == "networkpolicies")
        {
            (await Installation.Administrator.CreateAsync(Policies("owned"), QuarantinePolicy)).ShouldBeAccepted();
            (await Installation.Olga.DeleteAsync($"{Policies("owned")}/immutable-recovery-quarantine")).ShouldBeRefusedBy(Reserved, "isolates pods in quarantine");
            await Installation.Olga.DeleteAsync(Policies("owned"));
            (await Installation.Administrator.GetAsync($"{Policies("owned")}/immutable-recovery-quarantine")).ShouldBeAccepted();
            return;
        }
        var pod = await Installation.MakePodAsync("x", """, "labels": {"immutablerecovery.io/quarantine": "r"}""", "owned");
        (await Installation.Olga.MergeAsync(pod, """{"metadata": {"labels": {"immutablerecovery.io/quarantine": null}}}""")).ShouldBeRefusedBy(Reserved, "verb quarantine");
        (await Installation.Olga.MergeAsync(await Installation.MakePodAsync("x", ns: "owned"), patch)).ShouldBeRefusedBy(Reserved, "verb quarantine");
    }

    [Theory]
    [InlineData("""{"matchLabels": {"immutablerecovery.io/quarantine": "r"}}""")]
    [InlineData("""{"matchExpressions": [{"key": "immutablerecovery.io/quarantine", "operator": "Exists"}]}""")]
    [InlineData("""{"matchExpressions": [{"key": "immutablerecovery.io/quarantine", "operator": "NotIn", "values": ["x"]}]}""")]
    public async Task No_foreign_NetworkPolicy_selects_pods_by_the_mark_of_a_quarantine(string selector)
    {
        var open = $$"""{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "{{Installation.NewName("open")}}"}, "spec": {"podSelector": {{selector}}, "ingress": [{}], "egress": [{}]} }""";
        (await Installation.Olga.CreateAsync(Policies("owned"), open)).ShouldBeRefusedBy(Reserved, "no other selects them by their label");
        (await Installation.Bob.CreateAsync(Policies(Installation.Namespace), open)).ShouldBeRefusedBy(Reserved, "no other selects them by their label");
    }

    [Fact]
    public async Task A_NetworkPolicy_that_leaves_quarantined_pods_out_is_anybody_s()
    {
        var open = $$"""
            {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "{{Installation.NewName("open")}}"},
             "spec": {"podSelector": {"matchExpressions": [{"key": "immutablerecovery.io/quarantine", "operator": "DoesNotExist"}]}, "ingress": [{}]} }
            """;
        (await Installation.Olga.CreateAsync(Policies("owned"), open)).ShouldBeAccepted();
    }

    [Fact]
    public async Task An_owner_of_a_namespace_does_not_protect_it_from_the_operator()
    {
        (await Installation.Olga.MergeAsync("api/v1/namespaces/owned", """{"metadata": {"labels": {"immutablerecovery.io/protected": "true"}}}""")).ShouldBeRefusedBy(Reserved, "verb quarantine");
        (await Installation.Olga.MergeAsync("api/v1/namespaces/owned", """{"metadata": {"labels": {"team": "mine"}}}""")).ShouldBeAccepted();
    }

    // The status subresource of a built-in kind takes labels and annotations, too.
    [Theory]
    [InlineData("pods", """{"metadata": {"labels": {"immutablerecovery.io/quarantine": null}}}""")]
    [InlineData("pods", """{"metadata": {"annotations": {"immutablerecovery.io/original-labels": "{}"}}}""")]
    [InlineData("namespaces", """{"metadata": {"labels": {"immutablerecovery.io/protected": "true"}}}""")]
    [InlineData("deployments", """{"metadata": {"annotations": {"immutablerecovery.io/paused-by": "../.."}}}""")]
    public async Task An_owner_writes_no_mark_through_a_subresource(string resource, string patch)
    {
        var path = resource switch
        {
            "pods" => await Installation.MakePodAsync("x", """, "labels": {"immutablerecovery.io/quarantine": "r"}""", "owned"),
            "namespaces" => "api/v1/namespaces/owned",
            _ => await Workload.Of("Deployment").MakeAsync(Installation, ns: "owned"),
        };
        (await Installation.Olga.MergeAsync($"{path}/status", patch)).ShouldBeRefusedBy(Reserved, "verb quarantine");
    }

    [Fact]
    public async Task A_binding_puts_no_mark_on_the_pod_that_it_schedules()
    {
        var pod = await Installation.MakePodAsync("x", ns: "owned");
        var name = pod[(pod.LastIndexOf('/') + 1)..];
        foreach (var (path, mark) in (IEnumerable<(string, string)>)[($"{pod}/binding", "labels"), ($"{pod}/binding", "annotations"), ("api/v1/namespaces/owned/bindings", "labels")])
        {
            var binding = $$"""
                {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "{{name}}", "{{mark}}": {"immutablerecovery.io/quarantine": "r"} }, "target": {"kind": "Node", "name": "node-1"} }
                """;
            (await Installation.Olga.CreateAsync(path, binding)).ShouldBeRefusedBy(Reserved, "verb quarantine");
        }
    }

    [Theory]
    [MemberData(nameof(Workload.Kinds), MemberType = typeof(Workload))]
    public async Task No_template_makes_pods_that_are_born_in_quarantine(string kind)
    {
        var workload = Workload.Of(kind);
        var path = await workload.MakeAsync(Installation);
        var answer = await Installation.Bob.PatchAsync(path, workload.Template("""{"metadata": {"labels": {"immutablerecovery.io/quarantine": "r"}}}"""));
        if (workload.HasMutableTemplate)
            answer.ShouldBeRefusedBy(Reserved, "labels and annotations of immutablerecovery.io");
        else
            answer.Code.Should().BeOneOf(403, 422);
    }

    [Fact]
    public async Task The_traces_of_a_pause_and_a_pin_are_not_forged_and_may_be_removed()
    {
        var path = await Workload.Of("Deployment").MakeAsync(Installation);
        foreach (var value in (string[])["", "../..", "shop/r"])
            (await Installation.Bob.MergeAsync(path, $$$"""{"metadata": {"annotations": {"immutablerecovery.io/paused-by": "{{{value}}}"} } }""")).ShouldBeRefusedBy(Reserved, "labels and annotations of immutablerecovery.io");
        (await Installation.Operator.MergeAsync(path, """{"spec": {"paused": true}, "metadata": {"annotations": {"immutablerecovery.io/paused-by": "shop/r"}}}""")).ShouldBeAccepted();
        (await Installation.Bob.MergeAsync(path, """{"spec": {"minReadySeconds": 1}}""")).ShouldBeAccepted();
        (await Installation.Bob.MergeAsync(path, """{"metadata": {"annotations": {"immutablerecovery.io/paused-by": null}}}""")).ShouldBeAccepted();
    }

    [Fact]
    public async Task The_trace_of_a_cordon_is_not_forged()
    {
        var node = await Installation.MakeNodeAsync();
        (await Installation.Bob.MergeAsync(node, """{"metadata": {"annotations": {"immutablerecovery.io/cordoned-by": "[]"}}}""")).ShouldBeRefusedBy(Reserved, "verb quarantine");
        (await Installation.Bob.MergeAsync(node, """{"spec": {"unschedulable": true}}""")).ShouldBeAccepted();
    }

    private const string QuarantinePolicy = """
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "immutable-recovery-quarantine"},
         "spec": {"podSelector": {"matchExpressions": [{"key": "immutablerecovery.io/quarantine", "operator": "Exists"}]}, "policyTypes": ["Ingress", "Egress"]} }
        """;

    private static string Policies(string ns) => $"apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies";

    [Fact]
    public async Task A_pod_is_not_born_in_quarantine() =>
        (await Installation.Bob.CreateAsync($"api/v1/namespaces/{Installation.Namespace}/pods", Installation.Pod(Installation.NewName("pod"), "x", """, "labels": {"immutablerecovery.io/quarantine": "x"}""")))
            .ShouldBeRefusedBy(Reserved, "labels and annotations of immutablerecovery.io");

    [Fact]
    public async Task What_else_a_user_does_with_the_pod_is_the_users()
    {
        var pod = await QuarantinedAsync();

        (await Installation.Bob.MergeAsync(pod, """{"metadata": {"labels": {"team": "mine"}}}""")).ShouldBeAccepted();
        (await Installation.Bob.DeleteAsync(pod)).ShouldBeAccepted();
    }

    [Fact]
    public async Task Administrators_and_the_operator_lift_it()
    {
        (await Installation.Administrator.MergeAsync(await QuarantinedAsync(), """{"metadata": {"labels": {"immutablerecovery.io/quarantine": null}}}""")).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(await QuarantinedAsync(), """{"metadata": {"labels": {"immutablerecovery.io/quarantine": null}}}""")).ShouldBeAccepted();
    }

    private Task<string> QuarantinedAsync() => Installation.MakePodAsync(
        "x", """, "labels": {"app": "cart", "immutablerecovery.io/quarantine": "r"}, "annotations": {"immutablerecovery.io/recovery": "shop/r"}""");
}
