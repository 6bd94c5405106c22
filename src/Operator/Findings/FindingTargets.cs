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
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    public FoundTarget Resolve(SecurityFinding finding, bool manual, DateTimeOffset at)
    {
        var target = finding.Spec.Target;
        var own = finding.Metadata.NamespaceProperty;
        if (manual && target.Namespace is { Length: > 0 } named && named != own)
            return new(null, "ForeignNamespace", $"a finding of namespace {own} cannot speak for namespace {named}", false);
        var found = Resolve(new TargetHints
        {
            Namespace = manual ? own : target.Namespace,
            Pod = target.Pod,
            PodUid = target.PodUid,
            ContainerId = target.ContainerId,
            At = at,
        });
        return manual && found.Pod is { } pod && pod.Metadata.NamespaceProperty != own
            ? new(null, "ForeignNamespace", $"a finding of namespace {own} speaks only for pods of that namespace", false)
            : found;
    }

    public FoundTarget Resolve(TargetHints hints) => TargetResolver.Resolve(hints, Candidates(hints)) switch
    {
        TargetResolution.Resolved { Uid: var uid } => new(cache.PodOf(uid), "Resolved", "", true),
        TargetResolution.Unresolved u => new(null, u.Reason, u.Message, u.MayAppear),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

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

    private IEnumerable<Pod> Siblings(Pod pod, string? owner, string? above)
    {
        IEnumerable<string> owners = above is not null ? [.. cache.ReplicaSets.Store.ByIndex(ClusterCache.ByOwner, above).Select(r => r.Metadata.Uid), .. cache.Jobs.Store.ByIndex(ClusterCache.ByOwner, above).Select(j => j.Metadata.Uid)]
            : owner is not null ? [owner]
            : [];
        return owners.SelectMany(uid => cache.Pods.Store.ByIndex(ClusterCache.ByOwner, uid)).Where(p => p.Metadata.Uid != pod.Metadata.Uid);
    }

    private List<TargetCandidate> Candidates(TargetHints hints)
    {
        var pods = new List<Pod>();
        if (hints.PodUid is { Length: > 0 } uid)
            pods.AddRange(cache.Pods.Store.ByIndex(ClusterCache.ByUid, uid));
        if (hints.ContainerId is { Length: > 0 } container)
        {
            // Only ids shorter than the index's prefix need a look at everything; Falco's are never shorter.
            pods.AddRange(container.Length >= ClusterCache.ContainerPrefix
                ? cache.Pods.Store.ByIndex(ClusterCache.ByContainer, container[..ClusterCache.ContainerPrefix])
                : cache.Pods.Store.All.Where(p => p.ContainerIds().Any(id => id.StartsWith(container, StringComparison.Ordinal))));
        }
        if (hints is { Namespace: { Length: > 0 } ns, Pod: { Length: > 0 } name } && cache.Pods.Store.Get(new(ns, name)) is { } byName)
            pods.Add(byName);
        return [.. pods.DistinctBy(p => p.Metadata.Uid).Select(Candidate)];
    }

    private static TargetCandidate Candidate(Pod pod) => new(
        pod.Metadata.NamespaceProperty,
        pod.Metadata.Name,
        pod.Metadata.Uid,
        pod.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue,
        [.. pod.ContainerIds()],
        pod.Status.ContainerStatuses.Select(s => s.RestartCount).DefaultIfEmpty().Max());
}
