using System.Collections.Concurrent;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Cleanup;

/// <summary>Removes the quarantine's NetworkPolicy of a namespace once nothing there has been quarantined or about to be for a while.</summary>
internal sealed class QuarantinePolicySweep(ClusterCache cache, SweepOutcome outcome, OperatorOptions options, TimeProvider time)
{
    private static readonly TimeSpan Recheck = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<ObjectKey, (string Uid, DateTimeOffset Since)> unneeded = new();

    public static bool IsOurs(NetworkPolicy policy) =>
        policy.Metadata.Name == WellKnown.QuarantinePolicy && policy.Metadata.Label("app.kubernetes.io/managed-by") == OperatorOptions.FieldManager;

    public async Task<ReconcileResult> SweepAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.NetworkPolicies.Store.Get(key) is not { } policy || !IsOurs(policy))
        {
            unneeded.TryRemove(key, out _);
            return ReconcileResult.Done;
        }
        if (IsNeeded(key.Namespace))
        {
            unneeded.TryRemove(key, out _);
            return ReconcileResult.Done;
        }
        var (uid, now) = (policy.Metadata.Uid, time.GetUtcNow());
        var (_, since) = unneeded.AddOrUpdate(key, (uid, now), (_, known) => known.Uid == uid ? known : (uid, now));
        var rest = since + options.QuarantinePolicyStays - now;
        if (rest > TimeSpan.Zero)
            return ReconcileResult.After(rest);
        // The cache may be behind, and a quarantined pod without its policy is none: the pods are read live.
        var pods = await cache.Pods.Api.ListAsync(new() { Namespace = key.Namespace, LabelSelector = WellKnown.QuarantineLabel }, limit: 1, cancellation: cancellation);
        if (pods.Required().Items.Count > 0)
            return ReconcileResult.After(Recheck);
        if (outcome.Done(await cache.NetworkPolicies.Api.DeleteAsync(key, new Deletion { Uid = uid }, cancellation), $"NetworkPolicy {key}"))
            unneeded.TryRemove(key, out _);
        return ReconcileResult.Done;
    }

    private bool IsNeeded(string ns) =>
        cache.Pods.Store.All.Any(p => p.Metadata.NamespaceProperty == ns && p.Metadata.Label(WellKnown.QuarantineLabel) is not null)
        || cache.GoingRecoveries.Any(r => r.Spec.Target.Namespace == ns);
}
