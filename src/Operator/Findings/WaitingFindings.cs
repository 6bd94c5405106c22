using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Findings;

/// <summary>Looks for the findings of a namespace that had to wait, once it has room: not even their names were kept.</summary>
internal sealed class WaitingFindings(ClusterCache cache, LiveFindings findings) : IReconciler<string>
{
    /// <summary>Somebody who deletes many findings, one after the other, makes one list of it.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    private const int PageSize = 100;

    /// <summary>Where the keys of those go that are worked on from now on.</summary>
    public WorkQueue<ObjectKey>? Queue { get; set; }

    public async Task<ReconcileResult> ReconcileAsync(string ns, CancellationToken cancellation)
    {
        if (findings.MissingNames(ns) is not { } missing)
            return ReconcileResult.Done;
        string? next = null;
        do
        {
            var page = (await cache.SecurityFindings.Api.ListAsync(new() { Namespace = ns }, next, PageSize, cancellation)).Required();
            foreach (var key in page.Items.Select(f => ObjectKey.Of(f.Metadata)))
            {
                if (!findings.IsWorkedOn(key) && findings.Admit(key))
                    Queue?.Add(key);
            }
            next = page.Continue;
        }
        while (next is not null && !findings.IsCrowded(ns));
        if (next is null && !findings.IsCrowded(ns))
            findings.WereRead(ns, missing);
        return ReconcileResult.Done;
    }
}
