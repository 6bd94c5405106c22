using System.Text.Json;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Findings;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>
/// The place of a Recovery is its authority. One that a ClusterRecoveryPolicy started is in the operator's namespace, where no tenant
/// can create, change or delete it. One that a RecoveryPolicy started is in that policy's namespace, and can do no more than its owner.
/// Neither is believed for its name alone: it must be what the operator would have made.
/// </summary>
internal sealed class RecoveryAuthority(ClusterCache cache, TopmostOwner topmost, OperatorOptions options)
{
    /// <summary>Where recoveries of a policy are.</summary>
    /// <param name="policyNamespace">The namespace of a RecoveryPolicy; null for a ClusterRecoveryPolicy.</param>
    public string PlaceOf(string? policyNamespace) => policyNamespace ?? options.Namespace;

    /// <summary>Whether it is in the operator's namespace. Only such a one acts on nodes, revokes, or speaks for another namespace.</summary>
    public bool IsPlatforms(Recovery recovery) => recovery.Metadata.NamespaceProperty == options.Namespace;

    /// <summary>Whether it is what the operator would have made, as far as the object itself can show: for lists, counts and indexes.</summary>
    public bool Believes(Recovery recovery) => recovery.Status?.Outcome != nameof(Domain.Planning.Outcome.Foreign) && WhyMisplaced(recovery) is null;

    /// <summary>Whether one recovery says something about another: what an owner could have written decides nothing for the platform.</summary>
    public bool SpeaksFor(Recovery earlier, Recovery recovery) =>
        Believes(earlier) && (IsPlatforms(earlier) || earlier.Metadata.NamespaceProperty == recovery.Metadata.NamespaceProperty);

    /// <summary>The recovery of the platform that has the pod of a namespaced one; null where there is none.</summary>
    public Recovery? Above(Recovery recovery) => IsPlatforms(recovery)
        ? null
        : cache.Recoveries.Store.ByIndex(ClusterCache.ByTarget, recovery.Spec.Target.Uid)
            .FirstOrDefault(r => r.Status?.Outcome is null && IsPlatforms(r) && r.Spec.Target.Namespace == recovery.Spec.Target.Namespace && Believes(r));

    /// <summary>What the policy of a recovery may do: one of a namespace acts on no node and revokes nothing, whatever its copy says.</summary>
    public Domain.Planning.RecoverySettings SettingsOf(Recovery recovery)
    {
        var settings = recovery.Spec.Policy.Spec.ToSettings();
        return IsPlatforms(recovery) ? settings : settings with { CordonNode = false, DrainNode = false, Revoke = false };
    }

    /// <summary>Why a recovery is not acted upon; null when it is what the operator would have made. Asked before each of its steps.</summary>
    public async Task<string?> WhyForeignAsync(Recovery recovery, CancellationToken cancellation) =>
        WhyMisplaced(recovery)
        ?? WhyNotTheCopy(recovery)
        ?? await WhyNoFindingAsync(recovery, cancellation)
        ?? (IsPlatforms(recovery) ? null : await WhyNotItsOwnerAsync(recovery, cancellation));

    /// <summary>Why its place, name or policy cannot be those of a Recovery that the operator made; null when they can.</summary>
    private string? WhyMisplaced(Recovery recovery)
    {
        var (key, target, policy) = (ObjectKey.Of(recovery.Metadata), recovery.Spec.Target, recovery.Spec.Policy);
        if (policy.Kind == nameof(ClusterRecoveryPolicy) && !IsPlatforms(recovery))
            return "recoveries of a ClusterRecoveryPolicy are in the operator's namespace only";
        if (policy.Kind == nameof(RecoveryPolicy) && key.Namespace != target.Namespace)
            return $"a RecoveryPolicy of namespace {key.Namespace} speaks for no other namespace";
        if (policy.Kind == nameof(RecoveryPolicy) && policy.Spec is { Contain.Node: not NodeContainment.None } or { Trust.Revoke: not RevocationMode.Never } && !IsPlatforms(recovery))
            return "a RecoveryPolicy acts on no node and revokes nothing";
        return RecoveryNames.Is(key.Name, target.Name, target.Uid, recovery.Spec.Episode) ? null : "its name does not follow from its target and episode";
    }

    /// <summary>A policy that has changed or gone since cannot be compared any more.</summary>
    private string? WhyNotTheCopy(Recovery recovery)
    {
        var copy = recovery.Spec.Policy;
        if (copy.Kind == nameof(ClusterRecoveryPolicy))
        {
            return cache.ClusterRecoveryPolicies.Store.Get(new("", copy.Name)) is not { } cluster || !IsVersion(cluster.Metadata, copy)
                || Same(cluster.Spec.ToProtocol(), copy.Spec) || Same(cluster.Spec.ToProtocol().ForManual(), copy.Spec)
                ? null
                : $"its policy is no copy of ClusterRecoveryPolicy {copy.Name}";
        }
        return cache.RecoveryPolicies.Store.Get(new(recovery.Metadata.NamespaceProperty, copy.Name)) is not { } own || !IsVersion(own.Metadata, copy)
            || Same(own.Spec.ToProtocol(), copy.Spec)
            ? null
            : $"its policy is no copy of RecoveryPolicy {copy.Name}";
    }

    private async Task<string?> WhyNoFindingAsync(Recovery recovery, CancellationToken cancellation)
    {
        var named = recovery.Spec.Finding;
        var ns = recovery.Spec.Target.Namespace;
        if (named.Namespace != options.Namespace && named.Namespace != ns)
            return $"a finding of another namespace does not speak for namespace {ns}";
        // Findings have a shorter life than their recoveries. What the operator has recorded it has seen.
        if (recovery.Status?.Findings.Any(f => f.Namespace == named.Namespace && f.Name == named.Name) is true)
            return null;
        var key = new ObjectKey(named.Namespace, named.Name);
        if (cache.SecurityFindings.Store.Get(key) is not { } finding)
        {
            // Not in the cache is not gone.
            var read = await cache.SecurityFindings.Api.GetAsync(key, cancellation);
            if (read is ApiResult<SecurityFinding>.NotFound)
                return $"there is no finding {named.Name}";
            finding = read.Required();
        }
        if (finding.Spec.Target.Namespace is { Length: > 0 } about && about != ns)
            return $"finding {named.Name} is about another namespace";
        if (finding.Status?.Target is { } resolved && resolved.Uid != recovery.Spec.Target.Uid)
            return $"finding {named.Name} is about another pod";
        return named.Namespace != options.Namespace && !ListsManual(recovery)
            ? $"its policy does not list findings of source {WellKnown.ManualSource}"
            : null;
    }

    private bool ListsManual(Recovery recovery)
    {
        var copy = recovery.Spec.Policy;
        PolicySpec? spec = copy.Kind == nameof(ClusterRecoveryPolicy)
            ? cache.ClusterRecoveryPolicies.Store.Get(new("", copy.Name)) is { } cluster && IsVersion(cluster.Metadata, copy) ? cluster.Spec : null
            : cache.RecoveryPolicies.Store.Get(new(recovery.Metadata.NamespaceProperty, copy.Name)) is { } own && IsVersion(own.Metadata, copy) ? own.Spec : null;
        return spec is null || spec.Match.Findings.Any(f => f.Sources.Contains(WellKnown.ManualSource));
    }

    /// <summary>Once its pod is isolated its owner may be gone, or have been taken off it; until then the pod says what owns it.</summary>
    private async Task<string?> WhyNotItsOwnerAsync(Recovery recovery, CancellationToken cancellation)
    {
        var target = recovery.Spec.Target;
        if (target.Workload is not { } workload)
            return null;
        var read = await cache.Pods.Api.GetAsync(new(target.Namespace, target.Name), cancellation);
        if (read is ApiResult<Pod>.NotFound)
            return null;
        var pod = read.Required();
        if (pod.Metadata.Uid != target.Uid || pod.Metadata.Annotation(WellKnown.RecoveryAnnotation) == ObjectKey.Of(recovery.Metadata).ToString())
            return null;
        return pod.Metadata.Controller() is { } owner
            && (owner.ToReference() == workload || cache.AboveOwner(owner.Uid)?.ToReference() == workload || await topmost.OfAsync(pod, cancellation) == workload)
            ? null
            : $"pod {target.Name} does not belong to {workload.Kind} {workload.Name}";
    }

    private static bool IsVersion(k8s.Models.V1ObjectMeta policy, PolicyCopy copy) => policy.Uid == copy.Uid && policy.Generation == copy.Generation;

    private static bool Same(ProtocolSpec one, ProtocolSpec other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, ApiJson.Default.ProtocolSpec).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, ApiJson.Default.ProtocolSpec));
}
