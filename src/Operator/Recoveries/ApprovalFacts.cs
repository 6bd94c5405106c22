using Operator.Admission;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;
using Facts = Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>Who checks approvals, and whether somebody approves what their own finding began.</summary>
internal sealed class ApprovalFacts(ClusterCache cache, ClusterAdmission admission, OperatorOptions options)
{
    public async Task<Facts.Episode> OfAsync(Recovery recovery, Facts.Episode episode, CancellationToken cancellation)
    {
        // What an approval rests on is looked at afresh. Without one it is only said and remembered.
        var undecided = recovery.Spec.Approval is { Decision: ApprovalDecision.Approved } && recovery.Status?.Progress?.ReplacementStartedAt is null;
        var state = undecided && !options.AllowUncheckedApprovals ? await admission.LookAsync(cancellation) : admission.Current;
        return episode with
        {
            ApprovalChecker = state.InForce.GetValueOrDefault(AdmissionPolicyName.Approval),
            WhyUnchecked = state.Missing.TryGetValue(AdmissionPolicyName.Approval, out var why) ? $"{AdmissionState.NameOf(AdmissionPolicyName.Approval)}: {why}" : null,
            DoubtfulFinding = Doubt(recovery),
            UncheckedApprovalsAllowed = options.AllowUncheckedApprovals,
        };
    }

    /// <summary>Those in the record, and those that have joined it since.</summary>
    private IEnumerable<(string Namespace, string Name, string? ReportedBy, bool Manual)> Findings(Recovery recovery) =>
        (recovery.Status?.Findings ?? []).Select(f => (f.Namespace, f.Name, f.ReportedBy, f.Namespace != options.Namespace))
        .Concat(RecordedFindings.Of(cache, recovery).Select(f => (f.Metadata.NamespaceProperty, f.Metadata.Name, f.Spec.ReportedBy, f.Metadata.NamespaceProperty != options.Namespace)));

    /// <summary>
    /// Who made a finding of this recovery does not approve it. A finding that does not say who made it casts doubt only where it opened the
    /// recovery and no source confirms it: one that joins later would else make the approval of anything void.
    /// </summary>
    private string? Doubt(Recovery recovery)
    {
        var findings = Findings(recovery).ToList();
        if (recovery.Spec.Approval?.By is { } approver && findings.FirstOrDefault(f => f.ReportedBy == approver) is { Name: { } own } found)
            return $"{approver}, who approved, made finding {found.Namespace}/{own}";
        var opened = recovery.Spec.Finding;
        return findings.All(f => f.Manual) && findings.Any(f => f.Namespace == opened.Namespace && f.Name == opened.Name && f.ReportedBy is null)
            ? $"finding {opened.Namespace}/{opened.Name} was made by hand and does not say by whom (spec.reportedBy), so its maker could have approved"
            : null;
    }
}
