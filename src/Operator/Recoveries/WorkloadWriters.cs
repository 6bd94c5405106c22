using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>Who else writes a workload's template. What its labels do not say is read only where it matters: before a commit is waited for, and once a pin was undone.</summary>
internal sealed class WorkloadWriters(KindDirectory kinds)
{
    public async Task<Workload?> TellAsync(Workload? workload, Observation seen, WorkloadReference? reference, string ns, CancellationToken cancellation)
    {
        if (workload is null || reference is null || workload.Template.FirstOrDefault(c => !c.IsVolume && !seen.Trusts(c)) is not { } untrusted)
            return workload;
        var undone = seen.Progress.Pins > 0 || (workload.Pins > 0 && workload.PinnedBy == seen.Episode.Name);
        if (!undone && !(seen.Episode.Settings.WaitForCommit && workload.ManagedBy is null))
            return workload;
        if (await kinds.FindAsync(reference, cancellation) is not { } api
            || await WorkloadObserver.LiveAsync(api, new(api.Kind.Namespaced ? ns : "", reference.Name), workload.Uid, cancellation) is not { } found)
            return workload;
        return workload with
        {
            ManagedBy = workload.ManagedBy ?? ManagedBy.Of(found),
            RevertedBy = undone && ManagedBy.ImageOwner(found, kinds.TemplatePath(reference), untrusted.Name) is { } manager && manager != OperatorOptions.FieldManager ? manager : null,
        };
    }
}
