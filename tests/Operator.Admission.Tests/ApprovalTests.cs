using static Operator.Admission.Tests.Installation;

namespace Operator.Admission.Tests;

/// <summary>Who may say that a recovery goes on.</summary>
public sealed class ApprovalTests(Installation installation) : AdmissionTest(installation)
{
    private const string Approval = "immutable-recovery-approval";
    private const string Recoveries = $"apis/immutablerecovery.io/v1alpha1/namespaces/{Namespace}/recoveries";

    [Fact]
    public async Task Whoever_has_the_verb_approves_in_the_own_name() =>
        (await Installation.Alice.MergeAsync(await WaitingAsync(), Approve("alice"))).ShouldBeAccepted();

    [Fact]
    public async Task Nobody_approves_in_somebody_elses_name() =>
        (await Installation.Alice.MergeAsync(await WaitingAsync(), Approve("bob"))).ShouldBeRefusedBy(Approval, "spec.approval.by must be who asks: alice");

    [Fact]
    public async Task Without_the_verb_nobody_approves_however_many_rights_there_are_on_recoveries()
    {
        (await Installation.Bob.MergeAsync(await WaitingAsync(), Approve("bob"))).ShouldBeRefusedBy(Approval, "bob lacks the verb approve");
        (await Installation.Bob.MergeAsync(await WaitingAsync(), """{"spec": {"cancelled": true}}""")).ShouldBeRefusedBy(Approval, "bob lacks the verb approve");
    }

    [Fact]
    public async Task The_operator_does_not_approve_even_with_the_verb()
    {
        (await Installation.Operator.MergeAsync(await WaitingAsync(), Approve(OperatorName))).ShouldBeRefusedBy(Approval, "never the operator");
        (await Installation.Operator.MergeAsync(await WaitingAsync(), """{"spec": {"cancelled": true}}""")).ShouldBeRefusedBy(Approval, "never the operator");
    }

    [Fact]
    public async Task Whoever_reported_the_finding_may_deny_but_not_approve()
    {
        var recovery = await WaitingAsync(reportedBy: "alice");
        (await Installation.Alice.MergeAsync(recovery, Approve("alice"))).ShouldBeRefusedBy(Approval, "whoever reported the finding");
        (await Installation.Alice.MergeAsync(recovery, Approve("alice").Replace("Approved", "Denied"))).ShouldBeAccepted();
    }

    [Fact]
    public async Task What_was_decided_stays()
    {
        var recovery = await WaitingAsync();
        (await Installation.Alice.MergeAsync(recovery, Approve("alice"))).ShouldBeAccepted();

        var answer = await Installation.Alice.MergeAsync(recovery, Approve("alice").Replace("Approved", "Denied"));

        (answer.Code, answer.Message.Contains("approval", StringComparison.Ordinal)).Should().Be((422, true), answer.Message);
    }

    [Fact]
    public async Task A_recovery_is_not_born_approved()
    {
        var spec = Recovery(Installation.NewName("r")).Replace("\"episode\": 1", $$"""
            "episode": 1, "approval": {"decision": "Approved", "planHash": "{{Digest('0')}}", "by": "alice"}
            """);
        (await Installation.Administrator.CreateAsync(Recoveries, spec)).ShouldBeRefusedBy(Approval, "not when it is created");
    }

    [Fact]
    public async Task A_finding_says_who_reported_it_or_nothing()
    {
        const string Findings = $"apis/immutablerecovery.io/v1alpha1/namespaces/{Namespace}/securityfindings";

        (await Installation.Bob.CreateAsync(Findings, Finding(Installation.NewName("f"), "alice"))).ShouldBeRefusedBy(Approval, "spec.reportedBy must be who asks");
        (await Installation.Bob.CreateAsync(Findings, Finding(Installation.NewName("f"), "bob"))).ShouldBeAccepted();
        (await Installation.Operator.CreateAsync(Findings, Finding(Installation.NewName("f"), OperatorName))).ShouldBeRefusedBy(Approval, "spec.reportedBy");
    }

    [Fact]
    public async Task Everything_else_of_a_recovery_is_no_matter_of_approval() =>
        (await Installation.Operator.MergeAsync(await WaitingAsync(), """{"metadata": {"labels": {"a": "b"}}}""")).ShouldBeAccepted();

    private static string Approve(string by) => $$$"""{"spec": {"approval": {"decision": "Approved", "planHash": "{{{Digest('0')}}}", "by": "{{{by}}}"} } }""";

    private async Task<string> WaitingAsync(string? reportedBy = null)
    {
        var name = Installation.NewName("recovery");
        (await Installation.Administrator.CreateAsync(Recoveries, Recovery(name))).ShouldBeAccepted();
        var findings = reportedBy is null ? "" : $$"""{"namespace": "shop", "name": "f", "rule": "r", "severity": "High", "reportedBy": "{{reportedBy}}"}""";
        var status = await Installation.Administrator.MergeAsync(
            $"{Recoveries}/{name}/status", $$$"""{"status": {"plan": {"version": 1, "hash": "{{{Digest('0')}}}", "steps": []}, "findings": [{{{findings}}}]} }""");
        status.ShouldBeAccepted();
        status.Body["status"]!["findings"]!.AsArray().Select(f => f!["reportedBy"]!.ToString()).Should().Equal(reportedBy is null ? [] : [reportedBy]);
        return $"{Recoveries}/{name}";
    }

    private static string Recovery(string name) => $$"""
        {"apiVersion": "immutablerecovery.io/v1alpha1", "kind": "Recovery", "metadata": {"name": "{{name}}"},
         "spec": {"episode": 1, "target": {"kind": "Pod", "namespace": "shop", "name": "p", "uid": "{{name}}"},
                  "finding": {"namespace": "shop", "name": "f"},
                  "policy": {"kind": "RecoveryPolicy", "name": "intrusion", "uid": "u", "generation": 1, "spec": {"match": {"findings": [{"sources": ["falco"]}]} } } } }
        """;
}
