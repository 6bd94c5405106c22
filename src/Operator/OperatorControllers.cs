using k8s;
using k8s.Models;
using Operator.Access;
using Operator.Admission;
using Operator.Api.V1Alpha1;
using Operator.Cleanup;
using Operator.Cluster;
using Operator.Findings;
using Operator.Isolation;
using Operator.Lifetime;
using Operator.Policies;
using Operator.Recoveries;
using Operator.Runtime;
using Operator.Sources;
using Operator.Trust;

namespace Operator;

/// <summary>Which changes wake which controller.</summary>
internal sealed class OperatorControllers
{
    /// <summary>An object whose server does not answer takes its time; the others go on beside it.</summary>
    private const int SweepsAtOnce = 4;

    public OperatorControllers(
        ClusterCache cache,
        OperatorAccess access,
        FindingReconciler findings,
        LiveFindings liveFindings,
        WaitingFindings waitingFindings,
        RecoveryReconciler recoveries,
        PolicyReconciler policies,
        TrustedImageReconciler images,
        FindingSourceReconciler sources,
        Sweeper sweeper,
        RecordLifetime lifetime,
        RecoveryLedger ledger,
        ClusterAdmission admission,
        ClusterIsolation isolation,
        RuntimeMetrics metrics,
        OperatorOptions options,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        var finding = new ControllerBuilder<ObjectKey>("findings", time, loggers, metrics: metrics)
            .Watches(cache.SecurityFindings, f => f.IsSettled() ? [] : [ObjectKey.Of(f.Metadata)])
            .Watches(cache.RecoveryPolicies, _ => Undecided(cache))
            .Watches(cache.ClusterRecoveryPolicies, _ => Undecided(cache))
            .Watches(cache.Pods, p => Awaiting(cache, p));
        liveFindings.Admitted += finding.Queue.Add;
        var crowded = new ControllerBuilder<string>("waiting-findings", time, loggers, metrics: metrics);
        liveFindings.HasRoom += ns => crowded.Queue.AddAfter(ns, WaitingFindings.Soon);
        waitingFindings.Queue = finding.Queue;

        // In a storm every pod is isolated before any is replaced.
        var recovery = new ControllerBuilder<ObjectKey>("recoveries", time, loggers, key => !ledger.HasContained(key), metrics)
            // Another recovery of the same pod may be superseded by it.
            .Watches(cache.Recoveries, r => IsOver(r) ? [] : [ObjectKey.Of(r.Metadata), .. Going(cache.Recoveries.Store.ByIndex(ClusterCache.ByTarget, r.Spec.Target.Uid))])
            .Watches(cache.Pods, p => RecoveriesOf(cache, p))
            .Watches(cache.ReplicaSets, r => Going(cache.Recoveries.Store.ByIndex(ClusterCache.ByWorkload, r.Metadata.ControllerUid() ?? r.Metadata.Uid)))
            .Watches(cache.StatefulSets, s => Going(cache.Recoveries.Store.ByIndex(ClusterCache.ByWorkload, s.Metadata.Uid)))
            .Watches(cache.DaemonSets, d => Going(cache.Recoveries.Store.ByIndex(ClusterCache.ByWorkload, d.Metadata.Uid)))
            .Watches(cache.Jobs, j => Going(cache.Recoveries.Store.ByIndex(ClusterCache.ByWorkload, j.Metadata.ControllerUid() ?? j.Metadata.Uid)))
            .Watches(cache.CronJobs, c => Going(cache.Recoveries.Store.ByIndex(ClusterCache.ByWorkload, c.Metadata.Uid)))
            .Watches(cache.Deployments, d => Going(cache.Recoveries.Store.ByIndex(ClusterCache.ByWorkload, d.Metadata.Uid)))
            .Watches(cache.SecurityFindings, f => RecoveryOf(cache, f) is { } key ? [key] : Soaking(cache, f))
            .Watches(cache.TrustedImages, _ => Going(cache.GoingRecoveries))
            .Watches(cache.ImageRevocationLists, _ => Going(cache.GoingRecoveries));
        JudgeIsolationSoon(cache, recovery.Queue);
        cache.Recoveries.Subscribe(change =>
        {
            if (change.Now is null)
                ledger.Forget(ObjectKey.Of(change.Any.Metadata));
        });
        ledger.Released += recovery.Queue.Add;
        WakeOnReset(cache.RecoveryPolicies, cache, recovery.Queue);
        WakeOnReset(cache.ClusterRecoveryPolicies, cache, recovery.Queue);

        var policy = new ControllerBuilder<PolicyKey>("policies", time, loggers, metrics: metrics)
            .Watches(cache.RecoveryPolicies, p => [PolicyKey.Of(p.Metadata)])
            .Watches(cache.ClusterRecoveryPolicies, p => [PolicyKey.Of(p.Metadata)]);
        ledger.BreakerChanged += policy.Queue.Add;
        RecountSoon(cache, access, policy.Queue);
        admission.Changed += () =>
        {
            foreach (var key in Going(cache.GoingRecoveries))
                recovery.Queue.Add(key);
            foreach (var key in Policies(cache))
                policy.Queue.Add(key);
        };

        isolation.Changed += () =>
        {
            foreach (var key in Going(cache.GoingRecoveries))
                recovery.Queue.Add(key);
            foreach (var key in Policies(cache))
                policy.Queue.Add(key);
        };

        var image = new ControllerBuilder<ObjectKey>("trusted-images", time, loggers, metrics: metrics)
            .Watches(cache.TrustedImages, i => [ObjectKey.Of(i.Metadata)])
            .Watches(cache.ImageRevocationLists, _ => cache.TrustedImages.Store.All.Select(i => ObjectKey.Of(i.Metadata)));
        var source = new ControllerBuilder<ObjectKey>("finding-sources", time, loggers, metrics: metrics)
            .Watches(cache.FindingSources, s => [ObjectKey.Of(s.Metadata)]);
        var sweep = new ControllerBuilder<Marked>("sweeper", time, loggers, metrics: metrics);
        sweeper.Follow(sweep.Queue);
        var records = new ControllerBuilder<string>("records", time, loggers, metrics: metrics);
        records.Queue.Add(RecordLifetime.Records);

        OfLeader =
        [
            finding.Build(findings, options.Workers), recovery.Build(recoveries, options.Workers), policy.Build(policies),
            crowded.Build(waitingFindings), image.Build(images), sweep.Build(sweeper, SweepsAtOnce), records.Build(lifetime),
        ];
        OfEachReplica = [source.Build(sources)];
    }

    public IReadOnlyList<IController> OfLeader { get; }

    /// <summary>Each replica receives, and writes down what it heard.</summary>
    public IReadOnlyList<IController> OfEachReplica { get; }

    /// <summary>
    /// What isolates the pods of a namespace is judged again when its NetworkPolicies change: ours at once, those of others within moments,
    /// so that somebody who writes many makes little work.
    /// </summary>
    private static void JudgeIsolationSoon(ClusterCache cache, WorkQueue<ObjectKey> queue) =>
        cache.NetworkPolicies.Subscribe(change =>
        {
            var policy = change.Any.Metadata;
            if (NetworkPolicies.Same(change.Before, change.Now))
                return;
            var wait = policy.Name == WellKnown.QuarantinePolicy ? TimeSpan.Zero : TimeSpan.FromMilliseconds(250);
            foreach (var key in Going(cache.Recoveries.Store.ByIndex(ClusterCache.OpenIn, policy.NamespaceProperty)))
                queue.AddAfter(key, wait);
        });

    /// <summary>What a breaker holds back would be looked at again when it would close by itself: a person who closes it need not wait for that.</summary>
    private static void WakeOnReset<T>(Informer<T> policies, ClusterCache cache, WorkQueue<ObjectKey> queue)
        where T : class, IMetadata<V1ObjectMeta> =>
        policies.Subscribe(change =>
        {
            if (change.Now?.Metadata is not { } now || now.Annotation(WellKnown.BreakerResetAnnotation) == change.Before?.Metadata.Annotation(WellKnown.BreakerResetAnnotation))
                return;
            var policy = PolicyKey.Of(now);
            foreach (var key in Going(cache.GoingRecoveries.Where(r => PolicyKey.Of(r) == policy)))
                queue.Add(key);
        });

    private static IEnumerable<ObjectKey> Going(IEnumerable<Recovery> recoveries) =>
        recoveries.Where(r => r.Status?.Outcome is null).Select(r => ObjectKey.Of(r.Metadata));

    /// <summary>It has ended, and its record has seen each change of its spec: nothing can happen to it any more.</summary>
    private static bool IsOver(Recovery recovery) => recovery.Status is { Outcome: not null } status && status.ObservedGeneration == recovery.Metadata.Generation;

    private static ObjectKey? RecoveryOf(ClusterCache cache, SecurityFinding finding)
    {
        if (finding.Status?.Recovery is not { } reference)
            return null;
        ObjectKey key = new(reference.Namespace, reference.Name);
        return cache.Recoveries.Store.Get(key) is { } recovery && IsOver(recovery) ? null : key;
    }

    private static IEnumerable<PolicyKey> Policies(ClusterCache cache) =>
        cache.RecoveryPolicies.Store.All.Select(p => PolicyKey.Of(p.Metadata))
            .Concat(cache.ClusterRecoveryPolicies.Store.All.Select(p => PolicyKey.Of(p.Metadata)));

    private static IEnumerable<ObjectKey> Undecided(ClusterCache cache) =>
        cache.SecurityFindings.Store.All.Where(f => f.Status?.State is null or FindingState.Pending or FindingState.Unmatched).Select(f => ObjectKey.Of(f.Metadata));

    /// <summary>Findings that found no pod, of which this may be the one: watches can be later than the patience with them.</summary>
    private static IEnumerable<ObjectKey> Awaiting(ClusterCache cache, Pod pod) =>
        pod.ContainerIds().Where(id => id.Length >= ClusterCache.ContainerPrefix).Select(id => id[..ClusterCache.ContainerPrefix])
            .Concat([pod.Metadata.Uid, $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}"])
            .SelectMany(named => cache.SecurityFindings.Store.ByIndex(ClusterCache.ByNamed, named))
            .Where(f => f.Status?.State is FindingState.Unresolved)
            .Select(f => ObjectKey.Of(f.Metadata));

    private static IEnumerable<ObjectKey> RecoveriesOf(ClusterCache cache, Pod pod)
    {
        var owner = pod.Metadata.ControllerUid();
        var above = owner is null ? null : cache.AboveOwner(owner)?.Uid;
        return Going(cache.Recoveries.Store.ByIndex(ClusterCache.ByTarget, pod.Metadata.Uid)
            .Concat(owner is null ? [] : cache.Recoveries.Store.ByIndex(ClusterCache.ByWorkload, above ?? owner)));
    }

    /// <summary>A finding about a replacement ends the soak of whoever put it there.</summary>
    private static IEnumerable<ObjectKey> Soaking(ClusterCache cache, SecurityFinding finding) =>
        finding.Status?.Target is { } target && cache.PodOf(target.Uid) is { } pod ? RecoveriesOf(cache, pod) : [];

    /// <summary>Coverage and counts follow the cluster within moments, but not on each of its changes.</summary>
    private static void RecountSoon(ClusterCache cache, OperatorAccess access, WorkQueue<PolicyKey> queue)
    {
        var soon = TimeSpan.FromSeconds(2);
        void All()
        {
            foreach (var key in Policies(cache))
                queue.AddAfter(key, soon);
        }
        access.Changed += All;
        cache.Namespaces.Subscribe(_ => All());
        cache.Pods.Subscribe(_ => All());
        cache.NetworkPolicies.Subscribe(change =>
        {
            if (!NetworkPolicies.Same(change.Before, change.Now))
                All();
        });
        cache.TrustedImages.Subscribe(_ => All());
        cache.ImageRevocationLists.Subscribe(_ => All());
        cache.Recoveries.Subscribe(change =>
        {
            // Records that ended before this process started change no count.
            if (change.Before is not null || change.Now?.Status?.Outcome is null)
                queue.AddAfter(PolicyKey.Of(change.Any), soon);
        });
    }
}
