using static Operator.Admission.Tests.Installation;

namespace Operator.Admission.Tests;

/// <summary>Which records the operator's account may delete. RBAC alone would let it delete all of them.</summary>
public sealed class GuardRecordsTests(Installation installation) : AdmissionTest(installation)
{
    private const string Guard = "immutable-recovery-guard-records";
    private const string Place = "immutable-recovery";
    private const string Hold = "\"immutablerecovery.io/hold\": ";
    private const string Decided = """{"status": {"state": "Unresolved", "decidedAt": "2026-01-01T00:00:00Z"}}""";

    [Theory]
    [InlineData(Place, "ClusterRecoveryPolicy")]
    [InlineData(Namespace, "RecoveryPolicy")]
    public async Task A_recovery_that_has_ended_may_be_deleted(string ns, string policy) =>
        (await Installation.Operator.DeleteAsync(await Installation.MakeEndedRecoveryAsync(ns, policy))).ShouldBeAccepted();

    [Theory]
    [InlineData("Matched")]
    [InlineData("Unmatched")]
    [InlineData("Unresolved")]
    [InlineData("Stale")]
    public async Task A_finding_that_was_decided_on_may_be_deleted(string state) =>
        (await Installation.Operator.DeleteAsync(await FindingAsync(Decided.Replace("Unresolved", state, StringComparison.Ordinal)))).ShouldBeAccepted();

    [Fact]
    public async Task Evidence_may_be_deleted() => (await Installation.Operator.DeleteAsync(await ConfigMapAsync())).ShouldBeAccepted();

    [Theory]
    [InlineData(null)]
    [InlineData("""{"status": {"phase": "Verifying", "endedAt": "2026-01-01T00:00:00Z"}}""")]
    [InlineData("""{"status": {"outcome": "Succeeded"}}""")]
    public async Task A_recovery_that_has_not_ended_may_not(string? status)
    {
        var recovery = await Installation.MakeRecoveryAsync(Namespace, "RecoveryPolicy");
        if (status is not null)
            (await Installation.Operator.MergeAsync($"{recovery}/status", status)).ShouldBeAccepted();

        (await Installation.Operator.DeleteAsync(recovery)).ShouldBeRefusedBy(Guard, "only a Recovery that has ended");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{"status": {"state": "Pending"}}""")]
    public async Task A_finding_that_waits_may_not(string? status) =>
        (await Installation.Operator.DeleteAsync(await FindingAsync(status))).ShouldBeRefusedBy(Guard, "only a finding that was decided on");

    [Theory]
    [InlineData("labels", "\"\"")]
    [InlineData("labels", "\"case-4711\"")]
    [InlineData("annotations", "\"\"")]
    [InlineData("annotations", "\"case 4711\"")]
    public async Task What_is_on_hold_may_not(string where, string value)
    {
        var mark = $$$"""{"metadata": {"{{{where}}}": { {{{Hold}}}{{{value}}} } } }""";
        var records = new[] { await Installation.MakeEndedRecoveryAsync(Namespace, "RecoveryPolicy"), await FindingAsync(Decided), await ConfigMapAsync() };
        foreach (var record in records)
        {
            (await Installation.Administrator.MergeAsync(record, mark)).ShouldBeAccepted();
            (await Installation.Operator.DeleteAsync(record)).ShouldBeRefusedBy(Guard, "is kept");
            (await Installation.Administrator.DeleteAsync(record)).ShouldBeAccepted();
        }
    }

    [Theory]
    [InlineData("shop", "evidence-", true, "immutable-recovery-operator", true)]
    [InlineData(Place, "evidence-", false, "immutable-recovery-operator", true)]
    [InlineData(Place, "settings-", true, "immutable-recovery-operator", true)]
    [InlineData(Place, "evidence-", true, "kubectl", true)]
    [InlineData(Place, "evidence-", true, "immutable-recovery-operator", false)]
    public async Task No_other_ConfigMap_may(string ns, string prefix, bool immutable, string manager, bool named) =>
        (await Installation.Operator.DeleteAsync(await ConfigMapAsync(ns, prefix, immutable, manager, named))).ShouldBeRefusedBy(Guard, "only evidence may be deleted");

    [Fact]
    public async Task No_collection_is_deleted_at_once()
    {
        await Installation.MakeEndedRecoveryAsync(Namespace, "RecoveryPolicy");
        await FindingAsync(Decided);
        await ConfigMapAsync();
        foreach (var collection in (string[])[$"{Kinds(Namespace)}/recoveries", $"{Kinds(Place)}/securityfindings", $"api/v1/namespaces/{Place}/configmaps"])
            (await Installation.Operator.DeleteAsync(collection)).ShouldBeRefusedBy(Guard, "one by one");
    }

    [Fact]
    public async Task Others_delete_ConfigMaps_as_ever() =>
        (await Installation.Administrator.DeleteAsync(await ConfigMapAsync("shop", "settings-", false, "kubectl", false))).ShouldBeAccepted();

    private static string Kinds(string ns) => $"apis/immutablerecovery.io/v1alpha1/namespaces/{ns}";

    private async Task<string> FindingAsync(string? status)
    {
        var name = Installation.NewName("finding");
        var finding = Finding(name, "x").Replace("\"reportedBy\": \"x\", ", "", StringComparison.Ordinal);
        (await Installation.Operator.CreateAsync($"{Kinds(Place)}/securityfindings", finding)).ShouldBeAccepted();
        var path = $"{Kinds(Place)}/securityfindings/{name}";
        if (status is not null)
            (await Installation.Operator.MergeAsync($"{path}/status", status)).ShouldBeAccepted();
        return path;
    }

    private async Task<string> ConfigMapAsync(
        string ns = Place, string prefix = "evidence-", bool immutable = true, string manager = "immutable-recovery-operator", bool named = true)
    {
        var name = Installation.NewName($"{prefix}map");
        (await Installation.Administrator.CreateAsync($"api/v1/namespaces/{ns}/configmaps", $$"""
            {"apiVersion": "v1", "kind": "ConfigMap", "immutable": {{(immutable ? "true" : "false")}},
             "metadata": {"name": "{{name}}", "labels": {"app.kubernetes.io/managed-by": "{{manager}}"},
                          "annotations": { {{(named ? "\"immutablerecovery.io/recovery\": \"shop/r\"" : "")}} } } }
            """)).ShouldBeAccepted();
        return $"api/v1/namespaces/{ns}/configmaps/{name}";
    }
}
