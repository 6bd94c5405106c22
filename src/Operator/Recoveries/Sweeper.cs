using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Nodes;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>
/// Undoes what names a recovery that has ended or is gone: quarantines, pauses, cordons, kept originals. Undo is no step of the protocol,
/// since a cancelled or deleted recovery would never reach it.
/// </summary>
internal sealed partial class Sweeper(ClusterCache cache, RecoveryAuthority authority, NodeCordon cordon, PinOwnership pins, OperatorOptions options, TimeProvider time, ILogger<Sweeper> logger) : IReconciler<string>
{
    /// <summary>The one key of its queue: it always looks at everything.</summary>
    public const string Everything = "everything";

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, DateTimeOffset> unneededSince = [];

    public async Task<ReconcileResult> ReconcileAsync(string key, CancellationToken cancellation)
    {
        var next = Period;
        foreach (var pod in cache.Pods.Store.All.Where(p => p.Metadata.Label(WellKnown.QuarantineLabel) is not null && p.Metadata.DeletionTimestamp is null))
            next = Min(next, await SweepPodAsync(pod, cancellation));
        foreach (var deployment in cache.Deployments.Store.All.Where(d => d.Metadata.Annotation(WellKnown.PausedByAnnotation) is not null))
            await SweepDeploymentAsync(deployment, cancellation);
        await SweepPinsAsync(cache.Deployments, "apps/v1", "Deployment", cancellation);
        await SweepPinsAsync(cache.StatefulSets, "apps/v1", "StatefulSet", cancellation);
        await SweepPinsAsync(cache.DaemonSets, "apps/v1", "DaemonSet", cancellation);
        await SweepPinsAsync(cache.CronJobs, "batch/v1", "CronJob", cancellation);
        foreach (var node in cache.Nodes.Store.All.Where(n => n.Metadata.Annotation(WellKnown.CordonedByAnnotation) is not null))
            await SweepNodeAsync(node, cancellation);
        foreach (var policy in cache.NetworkPolicies.Store.All.Where(p => p.Metadata.Name == WellKnown.QuarantinePolicy))
            await SweepNetworkPolicyAsync(policy, cancellation);
        return ReconcileResult.After(next);
    }

    private async Task<TimeSpan> SweepPodAsync(Pod pod, CancellationToken cancellation)
    {
        // One that could be isolated by its label alone names its recovery there.
        if (cache.Recoveries.Store.ByIndex(ClusterCache.OpenIn, pod.Metadata.NamespaceProperty).Any(r => PodPatches.IsLabelledBy(pod, r)))
            return Period;
        var ended = await EndedAsync(pod.Metadata.Annotation(WellKnown.RecoveryAnnotation), cancellation);
        if (ended is null)
            return Period;
        var key = ObjectKey.Of(pod.Metadata);
        if (ended.Value.Gone && pod.Metadata.Annotation(WellKnown.DetachedAtAnnotation) is not null)
        {
            // Another pod may stand in its place. Without the record nobody knows, and a compromised pod must not go back among the others.
            PodLeft(key.ToString());
            return Period;
        }
        if (ended.Value.Outcome is "Succeeded" or "Recompromised" && pod.Metadata.Annotation(WellKnown.DetachedAtAnnotation) is not null)
        {
            // A kept original: it goes when its time is over, never back into its workload.
            var keep = (PodFacts.Of(pod).RetainUntil ?? time.GetUtcNow()) - time.GetUtcNow();
            if (keep > TimeSpan.Zero)
                return keep;
            if (Taken(await cache.Pods.Api.DeleteAsync(key, new Deletion { Uid = pod.Metadata.Uid, GracePeriodSeconds = 1 }, cancellation), $"pod {key}"))
                OriginalDeleted(key.ToString());
            return Period;
        }
        // Read alone, because the cache may have left out labels, or the memory of them.
        if (await cache.Pods.Api.GetAsync(key, cancellation) is ApiResult<Pod>.Ok { Value: var whole } && whole.Metadata.Uid == pod.Metadata.Uid
            && Taken(await cache.Pods.Api.PatchAsync(key, Patch.Json(PodPatches.Release(whole).Operations), cancellation: cancellation), $"pod {key}"))
            PodReleased(key.ToString());
        return Period;
    }

    private async Task SweepDeploymentAsync(Deployment deployment, CancellationToken cancellation)
    {
        if (await EndedAsync(deployment.Metadata.Annotation(WellKnown.PausedByAnnotation), cancellation) is null || TemplatePatches.Release(deployment) is not { } patch)
            return;
        var key = ObjectKey.Of(deployment.Metadata);
        if (Taken(await cache.Deployments.Api.PatchAsync(key, Patch.Json(patch.Operations), cancellation: cancellation), $"Deployment {key}"))
            DeploymentReleased(key.ToString());
    }

    private async Task SweepPinsAsync<T>(Informer<T> workloads, string apiVersion, string kind, CancellationToken cancellation)
        where T : class, IMetadata<V1ObjectMeta>
    {
        foreach (var metadata in workloads.Store.All.Select(w => w.Metadata))
        {
            if (metadata.Annotation(WellKnown.PinnedByAnnotation) is not { } recovery || await EndedAsync(recovery, cancellation) is null)
                continue;
            var reference = new WorkloadReference { ApiVersion = apiVersion, Kind = kind, Name = metadata.Name, Uid = metadata.Uid };
            if (await pins.ReleaseAsync(metadata, reference, cancellation) is { } released && Taken(released, $"{kind} {ObjectKey.Of(metadata)}"))
                PinReleased($"{kind} {ObjectKey.Of(metadata)}");
        }
    }

    private async Task SweepNodeAsync(Node node, CancellationToken cancellation)
    {
        var remaining = new List<ObjectKey>();
        var holders = NodeCordon.HoldersOf(node);
        foreach (var holder in holders)
        {
            if (await EndedAsync(holder.ToString(), cancellation) is null)
                remaining.Add(holder);
        }
        if (remaining.Count == holders.Count && holders.Count > 0)
            return;
        if (Taken(await cordon.ReleaseAsync(node, remaining, cancellation), $"node {node.Metadata.Name}"))
            NodeReleased(node.Metadata.Name, remaining.Count);
    }

    /// <summary>Once nothing in its namespace has been quarantined or about to be for a while, the policy goes too.</summary>
    private async Task SweepNetworkPolicyAsync(NetworkPolicy policy, CancellationToken cancellation)
    {
        var (ns, uid, now) = (policy.Metadata.NamespaceProperty, policy.Metadata.Uid, time.GetUtcNow());
        if (policy.Metadata.Label("app.kubernetes.io/managed-by") != OperatorOptions.FieldManager)
            return;
        if (cache.Pods.Store.All.Any(p => p.Metadata.NamespaceProperty == ns && p.Metadata.Label(WellKnown.QuarantineLabel) is not null)
            || cache.Recoveries.Store.All.Any(r => r.Spec.Target.Namespace == ns && r.Status?.Outcome is null))
        {
            unneededSince.Remove(uid);
            return;
        }
        unneededSince.TryAdd(uid, now);
        if (now - unneededSince[uid] >= options.QuarantinePolicyStays
            && Taken(await cache.NetworkPolicies.Api.DeleteAsync(ObjectKey.Of(policy.Metadata), new Deletion { Uid = uid }, cancellation), $"NetworkPolicy {ns}/{policy.Metadata.Name}"))
            unneededSince.Remove(uid);
    }

    /// <summary>How the recovery ended; an empty outcome when it is gone; null while it goes on.</summary>
    private async Task<(string Outcome, bool Gone)?> EndedAsync(string? name, CancellationToken cancellation)
    {
        if (name is null)
            return ("", true);
        var key = ObjectKey.Parse(name);
        if (cache.Recoveries.Store.Get(key) is { } known)
            return !authority.Believes(known) ? ("", true) : known.Status?.Outcome is { } outcome ? (outcome, false) : null;
        // Not in the cache is not gone: ask.
        return await cache.Recoveries.Api.GetAsync(key, cancellation) switch
        {
            ApiResult<Recovery>.NotFound => ("", true),
            ApiResult<Recovery>.Ok { Value: var found } when !authority.Believes(found) => ("", true),
            ApiResult<Recovery>.Ok { Value.Status.Outcome: { } outcome } => (outcome, false),
            _ => null,
        };
    }

    /// <summary>What has changed meanwhile is looked at again with its change. What must not be undone is said, each time.</summary>
    private bool Taken<T>(ApiResult<T> result, string what)
    {
        if (result is ApiResult<T>.Forbidden forbidden)
            NotUndone(what, forbidden.Message);
        return result is ApiResult<T>.Ok;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(LogLevel.Error, "{what} carries what a recovery left on it, which the operator may not undo: {why}")]
    private partial void NotUndone(string what, string why);

    [LoggerMessage(LogLevel.Information, "{pod} is no longer kept and was deleted")]
    private partial void OriginalDeleted(string pod);

    [LoggerMessage(LogLevel.Information, "{pod} is no longer quarantined: its recovery is over")]
    private partial void PodReleased(string pod);

    [LoggerMessage(LogLevel.Warning, "{pod} stays isolated and out of its workload: the record of its recovery was deleted; delete the pod once nobody needs it")]
    private partial void PodLeft(string pod);

    [LoggerMessage(LogLevel.Information, "{deployment} is unpaused: its recovery is over")]
    private partial void DeploymentReleased(string deployment);

    [LoggerMessage(LogLevel.Information, "the images of {workload} are no longer the operator's too: somebody else applied them")]
    private partial void PinReleased(string workload);

    [LoggerMessage(LogLevel.Information, "{node} is held by {remaining} recoveries")]
    private partial void NodeReleased(string node, int remaining);
}
