using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.Access;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Evidence;
using Operator.Isolation;
using Operator.Nodes;
using Operator.Runtime;
using Operator.Trust;

namespace Operator.Recoveries;

/// <summary>What became of a step.</summary>
internal abstract record ActResult
{
    private ActResult()
    {
    }

    /// <param name="Evidence">What a capture kept.</param>
    /// <param name="Unchanged">It was so already.</param>
    /// <param name="Note">What a person should know about how it was done.</param>
    public sealed record Done(IReadOnlyList<EvidenceItem>? Evidence = null, bool Unchanged = false, string? Note = null) : ActResult;

    /// <summary>The quarantine's NetworkPolicy is not there. The recovery goes on without it for now.</summary>
    public sealed record NotInstalled(QuarantineProblem Problem) : ActResult;

    /// <summary>The world was not as observed: look again.</summary>
    public sealed record Outdated(string Why) : ActResult;

    /// <summary>A disruption budget holds the pod where it is, now.</summary>
    public sealed record Held(string Why) : ActResult;

    /// <summary>The API server will not have it; a person must know.</summary>
    public sealed record Refused(string Why) : ActResult;
}

/// <summary>Performs one step. Every write is guarded by UID, and by resourceVersion where it destroys, and names the recovery that made it.</summary>
internal sealed class RecoveryActor(ClusterCache cache, OtherWorkloads others, KindDirectory kinds, EvidenceCollector evidence, NodeCordon cordon, QuarantinePolicies quarantines, PodEvictions evictions, OperatorAccess access, RevocationList revocations, RecoveryAuthority authority, DetachedLabels labels, TimeProvider time)
{
    public async Task<ActResult> PerformAsync(Recovery recovery, Step step, CancellationToken cancellation)
    {
        var result = await TryAsync(recovery, step, cancellation);
        if (result is not ActResult.Refused refused)
            return result;
        var role = step is Step.PinTemplate { Kind: OwnerKind.Other } ? await others.WritesAsync(recovery.Spec.Target.Workload!, cancellation) : RoleFor(step);
        if (role is not null && !await access.StillAllowsAsync(role, recovery.Spec.Target.Namespace, cancellation))
            return new ActResult.Outdated(role.Missing);
        // What may not be revoked is not relied on: looked at again, admission is given up for a pin in the template.
        return step is Step.Revoke ? new ActResult.Outdated(refused.Why) : refused;
    }

    /// <summary>The role that a step needs and a user may have left out since it was decided.</summary>
    private static OptionalRole? RoleFor(Step step) => step switch
    {
        Step.Cordon or Step.Uncordon or Step.Evict => OptionalRole.Nodes,
        Step.Revoke => OptionalRole.AdmissionData,
        Step.HoldRollout or Step.PinDeployment or Step.PinTemplate => OptionalRole.WorkloadWrites,
        _ => null,
    };

    private async Task<ActResult> TryAsync(Recovery recovery, Step step, CancellationToken cancellation)
    {
        var ns = recovery.Spec.Target.Namespace;
        // Whatever its record says: a namespace's own recovery reaches no further than its owner.
        if (step.IsShared && !authority.IsPlatforms(recovery))
            return new ActResult.Refused("only a recovery of a ClusterRecoveryPolicy acts beyond its namespace");
        return step switch
        {
            Step.InstallQuarantinePolicy => await quarantines.InstallAsync(ns, cancellation),
            Step.Contain s => await IsolateAsync(recovery, s.Pod, s.Uid, s.Detach, cancellation),
            Step.ContainSibling s => await IsolateAsync(recovery, s.Pod, s.Uid, detach: false, cancellation),
            Step.DetachOriginal s => await PatchPodAsync(ns, s.Pod, s.Uid, pod => PodPatches.Contain(pod, recovery, Reach.Detached, time.GetUtcNow(), s.Keep), cancellation),
            Step.MarkFirstInRollout s => await PatchPodAsync(ns, s.Pod, s.Uid, PodPatches.FirstInRollout, cancellation),
            Step.Cordon s => await CordonAsync(recovery, s.Node, cancellation),
            Step.Uncordon s => await UncordonAsync(recovery, s.Node, cancellation),
            Step.Evict s => await evictions.EvictAsync(new(s.Namespace, s.Pod), s.Uid, cancellation),
            Step.CaptureEvidence s => await CaptureAsync(recovery, s, cancellation),
            Step.HoldRollout s => await PatchDeploymentAsync(ns, s.Deployment, s.Uid, d => TemplatePatches.Pin(d, recovery, [], Pausing.Pause), cancellation),
            Step.PinDeployment s => await PatchDeploymentAsync(ns, s.Deployment, s.Uid, d => TemplatePatches.Pin(d, recovery, s.Images, s.Pausing), cancellation),
            Step.Unpause s => await PatchDeploymentAsync(ns, s.Deployment, s.Uid, d => TemplatePatches.Pin(d, recovery, [], Pausing.Unpause), cancellation),
            Step.PinTemplate s => await PinAsync(ns, s, recovery, cancellation),
            Step.Revoke s => Judge(await revocations.AddAsync(recovery, s.Images, cancellation)),
            Step.Delete s => Judge(await cache.Pods.Api.DeleteAsync(
                new(ns, s.Pod),
                new Deletion { Uid = s.Uid, ResourceVersion = s.ResourceVersion, GracePeriodSeconds = s.GracePeriodSeconds },
                cancellation)),
            _ => throw new InvalidOperationException($"{step} is written by the recorder"),
        };
    }

    /// <summary>
    /// What the API server definitely refuses is tried with less: a pod whose labels or annotations are near a limit, or that a policy on
    /// them protects, is isolated by its label all the same.
    /// </summary>
    private async Task<ActResult> IsolateAsync(Recovery recovery, string name, string uid, bool detach, CancellationToken cancellation)
    {
        var key = new ObjectKey(recovery.Spec.Target.Namespace, name);
        string? refused = null;
        for (var reach = detach ? Reach.Detached : Reach.Annotated; ; reach--)
        {
            var found = await cache.Pods.Api.GetAsync(key, cancellation);
            if (found is not ApiResult<Cluster.Pod>.Ok { Value: var pod } || pod.Metadata.Uid != uid)
                return NotFound(found, $"pod {name}");
            if (PodPatches.Contain(pod, recovery, reach, time.GetUtcNow()) is not { } change)
                return new ActResult.Done();
            var result = await cache.Pods.Api.PatchAsync(key, Patch.Json(change.Operations), cancellation: cancellation);
            var refusal = result switch
            {
                ApiResult<Cluster.Pod>.Forbidden forbidden => forbidden.Message,
                // A JSON Patch whose test failed is answered alike: then the pod is another than the one it was made from.
                ApiResult<Cluster.Pod>.Invalid invalid when !await HasChangedAsync(key, pod, cancellation) => invalid.Message,
                _ => null,
            };
            if (refusal is null)
                return Judge(result) is ActResult.Done && refused is not null
                    ? new ActResult.Done(Note: $"pod {name} is isolated {(reach == Reach.Labelled ? "by its label alone" : "with its labels")}: more was refused: {refused}")
                    : Judge(result);
            refused ??= refusal.Length <= 300 ? refusal : $"{refusal[..299]}…";
            if (reach == Reach.Labelled)
                return new ActResult.Refused(refusal);
        }
    }

    private async Task<bool> HasChangedAsync(ObjectKey key, Cluster.Pod pod, CancellationToken cancellation) =>
        await cache.Pods.Api.GetAsync(key, cancellation) is not ApiResult<Cluster.Pod>.Ok { Value.Metadata: var now }
        || now.Uid != pod.Metadata.Uid
        || !(now.Labels ?? new Dictionary<string, string>()).ToHashSet().SetEquals(pod.Metadata.Labels ?? new Dictionary<string, string>())
        || ((pod.Metadata.Labels is not { Count: > 0 } || pod.Metadata.Annotations is not { Count: > 0 }) && now.ResourceVersion != pod.Metadata.ResourceVersion);

    private async Task<ActResult> PatchPodAsync(string ns, string name, string uid, Func<Cluster.Pod, JsonPatch?> patch, CancellationToken cancellation)
    {
        var found = await cache.Pods.Api.GetAsync(new(ns, name), cancellation);
        if (found is not ApiResult<Cluster.Pod>.Ok { Value: var pod } || pod.Metadata.Uid != uid)
            return NotFound(found, $"pod {name}");
        if (patch(pod) is not { } change)
            return new ActResult.Done();
        var patched = await cache.Pods.Api.PatchAsync(new(ns, name), Patch.Json(change.Operations), cancellation: cancellation);
        if (patched is ApiResult<Cluster.Pod>.Ok { Value: var detached })
            labels.Take(detached);
        return Judge(patched);
    }

    private async Task<ActResult> PatchDeploymentAsync(string ns, string name, string uid, Func<Deployment, JsonPatch?> patch, CancellationToken cancellation)
    {
        var found = await cache.Deployments.Api.GetAsync(new(ns, name), cancellation);
        if (found is not ApiResult<Deployment>.Ok { Value: var deployment } || deployment.Metadata.Uid != uid)
            return NotFound(found, $"Deployment {name}");
        return patch(deployment) is { } change
            ? Judge(await cache.Deployments.Api.PatchAsync(new(ns, name), Patch.Json(change.Operations), cancellation: cancellation))
            : new ActResult.Done();
    }

    private async Task<ActResult> PinAsync(string ns, Step.PinTemplate step, Recovery recovery, CancellationToken cancellation)
    {
        var reference = step.Kind == OwnerKind.Other
            ? recovery.Spec.Target.Workload!
            : new() { ApiVersion = step.Kind == OwnerKind.CronJob ? "batch/v1" : "apps/v1", Kind = step.Kind.ToString(), Name = step.Name, Uid = step.Uid };
        if (await kinds.FindAsync(reference, cancellation) is not { } api)
            return new ActResult.Outdated($"{reference.Kind} is served no longer");
        if (!api.Kind.Namespaced && !authority.IsPlatforms(recovery))
            return new ActResult.Refused($"{reference.Kind} {step.Name} belongs to no namespace: only a recovery of a ClusterRecoveryPolicy changes it");
        var (key, path) = (new ObjectKey(api.Kind.Namespaced ? ns : "", step.Name), kinds.TemplatePath(reference));
        var found = await api.GetAsync(key, cancellation);
        if (found is not ApiResult<AnyObject>.Ok { Value: var workload } || workload.Metadata.Uid != step.Uid || workload.TemplateAt(path) is not { } template)
            return NotFound(found, $"{reference.Kind} {step.Name}");
        return TemplatePatches.Pin(workload.Metadata, template, path, recovery, step.Images) is { } change
            ? Judge(await api.PatchAsync(key, Patch.Json(change.Operations), cancellation: cancellation))
            : new ActResult.Done();
    }

    private async Task<ActResult> CordonAsync(Recovery recovery, string name, CancellationToken cancellation)
    {
        var found = await cache.Nodes.Api.GetAsync(new("", name), cancellation);
        return found is ApiResult<Cluster.Node>.Ok { Value: var node }
            ? Judge(await cordon.HoldAsync(node, ObjectKey.Of(recovery.Metadata), cancellation))
            : NotFound(found, $"node {name}");
    }

    private async Task<ActResult> UncordonAsync(Recovery recovery, string name, CancellationToken cancellation)
    {
        var found = await cache.Nodes.Api.GetAsync(new("", name), cancellation);
        return found is ApiResult<Cluster.Node>.Ok { Value: var node }
            ? Judge(await cordon.ReleaseAsync(node, [.. NodeCordon.HoldersOf(node).Where(h => h != ObjectKey.Of(recovery.Metadata))], cancellation))
            : NotFound(found, $"node {name}");
    }

    private async Task<ActResult> CaptureAsync(Recovery recovery, Step.CaptureEvidence step, CancellationToken cancellation)
    {
        var owner = EvidenceOwner.Of(recovery);
        if (await evidence.FindAsync(owner, cancellation) is { } stored)
            return new ActResult.Done(stored);
        var found = await cache.Pods.Api.GetAsync(new(recovery.Spec.Target.Namespace, step.Pod), cancellation);
        if (found is not ApiResult<Cluster.Pod>.Ok { Value: var pod } || pod.Metadata.Uid != step.Uid)
            return NotFound(found, $"pod {step.Pod}");
        var spec = recovery.Spec.Policy.Spec.Evidence;
        return new ActResult.Done(await evidence.CaptureAsync(owner, pod, spec.Logs.TailLines, step.Deadline, cancellation));
    }

    /// <summary>What must not be read is not gone.</summary>
    private static ActResult NotFound<T>(ApiResult<T> found, string what) => found is ApiResult<T>.Forbidden forbidden
        ? new ActResult.Refused(forbidden.Message)
        : new ActResult.Outdated($"{what} is gone");

    /// <summary>Gone or taken by somebody else is looked at again; a refusal by RBAC, admission or quota is told.</summary>
    private static ActResult Judge<T>(ApiResult<T> result) => result switch
    {
        ApiResult<T>.Ok or ApiResult<T>.AlreadyExists => new ActResult.Done(),
        ApiResult<T>.NotFound => new ActResult.Outdated("it is gone"),
        ApiResult<T>.Conflict conflict => new ActResult.Outdated(conflict.Message),
        // Our JSON Patches test what they were made from, so a refusal of content is first of all an outdated look.
        ApiResult<T>.Invalid invalid => new ActResult.Outdated(invalid.Message),
        ApiResult<T>.Forbidden forbidden => new ActResult.Refused(forbidden.Message),
        var other => throw new ApiUnavailableException($"the API server answered {other}"),
    };
}
