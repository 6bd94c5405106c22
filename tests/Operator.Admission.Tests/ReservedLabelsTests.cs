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

        (await Installation.Bob.MergeAsync(pod, patch)).ShouldBeRefusedBy(Reserved, "kubectl get recoveries -n shop");
        (await Installation.Alice.MergeAsync(pod, patch)).ShouldBeRefusedBy(Reserved, "verb quarantine");
    }

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
