using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Findings;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Findings;

/// <summary>The pod of a finding, or why there is none.</summary>
internal sealed record FoundTarget(Pod? Pod, string Reason, string Message, bool MayAppear);

/// <summary>Finds the pods that a finding may mean, and what owns the one that it does.</summary>
internal sealed class FindingTargets(ClusterCache cache, TopmostOwner topmost, RecoveryAuthority authority)
{
    private const int MostSiblings = 250;
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(5);

    /// <summary>The pod that a stored finding means, as far as it may speak for it.</summary>
    public async Task<FoundTarget> ResolveAsync(SecurityFinding finding, SourceScope scope, bool manual, DateTimeOffset at, bool live, CancellationToken cancellation)
    {
        var own = finding.Metadata.NamespaceProperty;
        if (manual && finding.Spec.Target.Namespace is { Length: > 0 } named && named != own)
            return new(null, "ForeignNamespace", $"a finding of namespace {own} cannot speak for namespace {named}", false);
        var found = await ResolveAsync(Hints(finding, manual, at), live, cancellation);
        if (found.Pod is not { } pod || scope.Includes(pod.Metadata.NamespaceProperty))
            return found;
        return manual
            ? new(null, "ForeignNamespace", $"a finding of namespace {own} speaks only for pods of that namespace", false)
            : new(null, "NotAllowed", $"source {scope.Source} may not speak for the pod that this finding means", false);
    }

    /// <summary>
    /// The pod that is meant, from the cache. Where only a name says so it is read live: another pod may have got the name since.
    /// <paramref name="live"/>: it is read live also where the cache has none that fits, before that is taken for an answer.
    /// </summary>
    public async Task<FoundTarget> ResolveAsync(TargetHints hints, bool live, CancellationToken cancellation)
    {
        var pods = Candidates(hints);
        var resolution = TargetResolver.Resolve(hints, [.. pods.Select(Candidate)]);
        var doubtful = resolution is TargetResolution.Resolved { ByName: true } || (live && resolution is TargetResolution.Unresolved { MayAppear: true });
        if (doubtful && hints is { Namespace: { Length: > 0 } ns, Pod: { Length: > 0 } name })
        {
            var now = await cache.Pods.Api.GetAsync(new(ns, name), cancellation);
            pods.RemoveAll(p => p.Metadata.NamespaceProperty == ns && p.Metadata.Name == name);
            if (now is not ApiResult<Pod>.NotFound)
                pods.Add(now.Required());
            resolution = TargetResolver.Resolve(hints, [.. pods.Select(Candidate)]);
        }
        return resolution switch
        {
            TargetResolution.Resolved { Uid: var uid } => new(pods.First(p => p.Metadata.Uid == uid), "Resolved", "", true),
            TargetResolution.Unresolved u => new(null, u.Reason, u.Message, u.MayAppear),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    /// <summary>Whether the cache now has a pod that a finding was waiting for.</summary>
    public bool HasAppeared(SecurityFinding finding, bool manual, DateTimeOffset at)
    {
        var hints = Hints(finding, manual, at);
        return TargetResolver.Resolve(hints, [.. Candidates(hints).Select(Candidate)]) is TargetResolution.Resolved;
    }

    /// <summary>The pod with all of its labels: as it is cached, or read alone where the cache left some out. Null when it went meanwhile.</summary>
    public async Task<Pod?> WholeAsync(Pod pod, CancellationToken cancellation)
    {
        if (!pod.Metadata.IsTruncated())
            return pod;
        var found = await cache.Pods.Api.GetAsync(ObjectKey.Of(pod.Metadata), cancellation);
        return found is ApiResult<Pod>.NotFound || found.Required() is var whole && whole.Metadata.Uid != pod.Metadata.Uid ? null : found.Required();
    }

    /// <summary>The latest recovery of a pod that is gone: a finding about it belongs to its record. A manual one only to that of its own namespace.</summary>
    public Recovery? RecoveryOf(string? uid, string? ns, string? pod)
    {
        var recoveries = !string.IsNullOrEmpty(uid) ? cache.Recoveries.Store.ByIndex(ClusterCache.ByTarget, uid)
            : !string.IsNullOrEmpty(ns) && !string.IsNullOrEmpty(pod) ? cache.Recoveries.Store.ByIndex(ClusterCache.ByTargetName, $"{ns}/{pod}")
            : [];
        return recoveries.Where(authority.Believes).Where(r => string.IsNullOrEmpty(ns) || r.Spec.Target.Namespace == ns).MaxBy(r => r.Spec.Episode);
    }

    /// <summary>The target of a recovery: the pod, and what its template comes from.</summary>
    public async Task<RecoveryTarget> TargetOfAsync(Pod pod, DateTimeOffset now, CancellationToken cancellation)
    {
        var owner = pod.Metadata.Controller();
        return new()
        {
            Namespace = pod.Metadata.NamespaceProperty,
            Name = pod.Metadata.Name,
            Uid = pod.Metadata.Uid,
            Node = pod.Spec.NodeName,
            Workload = await topmost.OfAsync(pod, cancellation),
            YoungSiblings = [.. Siblings(pod, owner?.Uid, owner is null ? null : cache.AboveOwner(owner.Uid)?.Uid).Where(p => p.Metadata.CreationTimestamp > (now - Young).UtcDateTime).Select(p => p.Metadata.Uid).Take(MostSiblings)],
        };
    }

    private static TargetHints Hints(SecurityFinding finding, bool manual, DateTimeOffset at) => new()
    {
        Namespace = manual ? finding.Metadata.NamespaceProperty : finding.Spec.Target.Namespace,
        Pod = finding.Spec.Target.Pod,
        PodUid = finding.Spec.Target.PodUid,
        ContainerId = finding.Spec.Target.ContainerId,
        At = at,
    };

    private IEnumerable<Pod> Siblings(Pod pod, string? owner, string? above)
    {
        IEnumerable<string> owners = above is not null ? [.. cache.ReplicaSets.Store.ByIndex(ClusterCache.ByOwner, above).Select(r => r.Metadata.Uid), .. cache.Jobs.Store.ByIndex(ClusterCache.ByOwner, above).Select(j => j.Metadata.Uid)]
            : owner is not null ? [owner]
            : [];
        return owners.SelectMany(uid => cache.Pods.Store.ByIndex(ClusterCache.ByOwner, uid)).Where(p => p.Metadata.Uid != pod.Metadata.Uid);
    }

    private List<Pod> Candidates(TargetHints hints)
    {
        var pods = new List<Pod>();
        if (hints.PodUid is { Length: > 0 } uid)
            pods.AddRange(cache.Pods.Store.ByIndex(ClusterCache.ByUid, uid));
        if (hints.ContainerId is { Length: >= TargetResolver.ShortestContainerId } container)
            pods.AddRange(cache.Pods.Store.ByIndex(ClusterCache.ByContainer, container[..ClusterCache.ContainerPrefix]));
        if (hints is { Namespace: { Length: > 0 } ns, Pod: { Length: > 0 } name } && cache.Pods.Store.Get(new(ns, name)) is { } byName)
            pods.Add(byName);
        return [.. pods.DistinctBy(p => p.Metadata.Uid)];
    }

    private static TargetCandidate Candidate(Pod pod) => new(
        pod.Metadata.NamespaceProperty,
        pod.Metadata.Name,
        pod.Metadata.Uid,
        pod.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue,
        [.. pod.ContainerIds()],
        pod.Status.ContainerStatuses.Select(s => s.RestartCount).DefaultIfEmpty().Max());
}
