using static Operator.Admission.Tests.Installation;

namespace Operator.Admission.Tests;

/// <summary>Who writes the operator's records, and what is written in them once.</summary>
public sealed class RecordsTests(Installation installation) : AdmissionTest(installation)
{
    private const string Records = "immutable-recovery-records", Approval = "immutable-recovery-approval";
    private const string Place = "immutable-recovery";
    private const string Approve = """{"spec": {"approval": {"decision": "Approved", "planHash": "h", "by": "alice"} } }""";

    [Fact]
    public async Task Only_the_operator_and_who_restores_backups_create_recoveries()
    {
        (await Installation.Bob.CreateAsync(At(Namespace), Recovery(Installation.NewName("r")))).ShouldBeRefusedBy(Records, "only the operator creates Recoveries");
        (await Installation.Owner.CreateAsync(At("tenant"), Recovery(Installation.NewName("r"), target: "tenant"))).ShouldBeRefusedBy(Records, "the verb restore");
        (await Installation.Operator.CreateAsync(At(Namespace), Recovery(Installation.NewName("r")))).ShouldBeAccepted();
        (await Installation.Administrator.CreateAsync(At(Namespace), Recovery(Installation.NewName("r")))).ShouldBeAccepted();
    }

    [Theory]
    [InlineData("shop", "ClusterRecoveryPolicy", "shop")]
    [InlineData("tenant", "RecoveryPolicy", "shop")]
    [InlineData(Place, "RecoveryPolicy", "shop")]
    public async Task A_recovery_is_created_where_its_policy_has_a_say_only(string ns, string policy, string target) =>
        (await Installation.Operator.CreateAsync(At(ns), Recovery(Installation.NewName("r"), policy, target))).ShouldBeRefusedBy(Records, "is in the operator's namespace");

    [Fact]
    public async Task Only_the_operator_writes_the_status_of_its_kinds()
    {
        var recovery = await MadeAsync();
        (await Installation.Bob.MergeAsync($"{recovery}/status", Started)).ShouldBeRefusedBy(Records, "only the operator writes the status");
        var own = await MadeAsync("tenant", target: "tenant");
        (await Installation.Owner.MergeAsync($"{own}/status", """{"status": {"outcome": "Succeeded"}}""")).ShouldBeRefusedBy(Records, "only the operator writes the status");

        var findings = $"apis/immutablerecovery.io/v1alpha1/namespaces/tenant/securityfindings";
        var finding = Installation.NewName("finding");
        (await Installation.Owner.CreateAsync(findings, Finding(finding, "owner"))).ShouldBeAccepted();
        (await Installation.Owner.MergeAsync($"{findings}/{finding}/status", """{"status": {"state": "Matched"}}""")).ShouldBeRefusedBy(Records, "only the operator writes the status");
    }

    [Fact]
    public async Task What_is_written_once_stays_for_the_operators_account_too()
    {
        var recovery = await MadeAsync();
        const string Removals = """{"status": {"progress": {"removals": [{"uid": "a", "at": "2026-01-01T00:00:00Z"}, {"uid": "b", "at": "2026-01-01T00:00:00Z"}]} } }""";
        (await Installation.Operator.MergeAsync($"{recovery}/status", Started)).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync($"{recovery}/status", Removals)).ShouldBeAccepted();

        (await Installation.Operator.MergeAsync($"{recovery}/status", Started.Replace("2026", "2027"))).ShouldBeRefusedBy(Records, "replacementStartedAt is written once");
        (await Installation.Operator.MergeAsync($"{recovery}/status", """{"status": {"progress": {"replacementStartedAt": null} } }""")).ShouldBeRefusedBy(Records, "replacementStartedAt is written once");
        (await Installation.Operator.MergeAsync($"{recovery}/status", Removals.Replace("\"b\"", "\"c\""))).ShouldBeRefusedBy(Records, "removals only grows");
        (await Installation.Operator.MergeAsync($"{recovery}/status", """{"status": {"outcome": "Denied"}}""")).ShouldBeRefusedBy(Records, "nobody denied");
        (await Installation.Operator.MergeAsync($"{recovery}/status", """{"status": {"outcome": "Succeeded"}}""")).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync($"{recovery}/status", """{"status": {"outcome": "Skipped"}}""")).ShouldBeRefusedBy(Records, "outcome is written once");
        (await Installation.Operator.MergeAsync($"{recovery}/status", """{"status": {"message": "the rest may change"}}""")).ShouldBeAccepted();
    }

    [Fact]
    public async Task What_the_policy_leaves_to_a_person_does_not_start_without_one()
    {
        var recovery = await MadeAsync(mode: "Contain");
        (await Installation.Operator.MergeAsync($"{recovery}/status", Started)).ShouldBeRefusedBy(Records, "has not been approved");

        (await Installation.Operator.MergeAsync($"{recovery}/status", """{"status": {"plan": {"version": 1, "hash": "h", "steps": []} } }""")).ShouldBeAccepted();
        (await Installation.Alice.MergeAsync(recovery, Approve)).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync($"{recovery}/status", Started)).ShouldBeAccepted();
    }

    [Fact]
    public async Task A_recovery_that_has_not_ended_is_deleted_only_by_who_may_cancel_it()
    {
        var recovery = await MadeAsync();
        (await Installation.Bob.DeleteAsync(recovery)).ShouldBeRefusedBy(Records, "would lift its quarantine");
        (await Installation.Alice.DeleteAsync(recovery)).ShouldBeAccepted();

        var ended = await MadeAsync();
        (await Installation.Operator.MergeAsync($"{ended}/status", """{"status": {"outcome": "Succeeded"}}""")).ShouldBeAccepted();
        (await Installation.Bob.DeleteAsync(ended)).ShouldBeAccepted();
    }

    [Fact]
    public async Task The_rights_in_the_namespace_of_the_target_decide_who_approves_and_cancels()
    {
        var shops = await MadeAsync(Place, "ClusterRecoveryPolicy", "shop");
        var tenants = await MadeAsync(Place, "ClusterRecoveryPolicy", "tenant");
        foreach (var recovery in (string[])[shops, tenants])
            (await Installation.Operator.MergeAsync($"{recovery}/status", """{"status": {"plan": {"version": 1, "hash": "h", "steps": []} } }""")).ShouldBeAccepted();

        (await Installation.Alice.MergeAsync(tenants, Approve)).ShouldBeRefusedBy(Approval, "in namespace tenant");
        (await Installation.Bob.MergeAsync(shops, """{"spec": {"cancelled": true}}""")).ShouldBeRefusedBy(Approval, "in namespace shop");
        (await Installation.Alice.MergeAsync(shops, Approve)).ShouldBeAccepted();
    }

    private const string Started = """{"status": {"progress": {"replacementStartedAt": "2026-01-01T00:00:00Z"} } }""";

    private static string At(string ns) => $"apis/immutablerecovery.io/v1alpha1/namespaces/{ns}/recoveries";

    private async Task<string> MadeAsync(string ns = Namespace, string policy = "RecoveryPolicy", string target = Namespace, string mode = "Recover")
    {
        var name = Installation.NewName("record");
        (await Installation.Operator.CreateAsync(At(ns), Recovery(name, policy, target, mode))).ShouldBeAccepted();
        return $"{At(ns)}/{name}";
    }

    internal static string Recovery(string name, string policy = "RecoveryPolicy", string target = Namespace, string mode = "Recover") => $$"""
        {"apiVersion": "immutablerecovery.io/v1alpha1", "kind": "Recovery", "metadata": {"name": "{{name}}"},
         "spec": {"episode": 0, "target": {"kind": "Pod", "namespace": "{{target}}", "name": "p", "uid": "{{name}}"},
                  "finding": {"namespace": "immutable-recovery", "name": "f"},
                  "policy": {"kind": "{{policy}}", "name": "intrusion", "uid": "u", "generation": 1, "spec": {"mode": "{{mode}}"} } } }
        """;
}
