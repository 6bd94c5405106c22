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
            DoubtfulFinding = Findings(recovery).Select(f => Doubt(f, recovery.Spec.Approval?.By)).FirstOrDefault(d => d is not null),
            UncheckedApprovalsAllowed = options.AllowUncheckedApprovals,
        };
    }

    /// <summary>Those in the record, and those that have joined it since.</summary>
    private IEnumerable<(string Namespace, string Name, string? ReportedBy, bool Manual)> Findings(Recovery recovery) =>
        (recovery.Status?.Findings ?? []).Select(f => (f.Namespace, f.Name, f.ReportedBy, f.Namespace != options.Namespace))
        .Concat(RecordedFindings.Of(cache, recovery).Select(f => (f.Metadata.NamespaceProperty, f.Metadata.Name, f.Spec.ReportedBy, f.Metadata.NamespaceProperty != options.Namespace)));

    private static string? Doubt((string Namespace, string Name, string? ReportedBy, bool Manual) finding, string? approver) => finding switch
    {
        { ReportedBy: null, Manual: true } => $"finding {finding.Namespace}/{finding.Name} was made by hand and does not say by whom (spec.reportedBy), so its maker could have approved",
        { ReportedBy: { } maker } when maker == approver => $"{maker}, who approved, made finding {finding.Namespace}/{finding.Name}",
        _ => null,
    };
}
