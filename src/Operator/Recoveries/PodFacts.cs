using System.Globalization;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;
using Facts = Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>A pod as the planner sees it.</summary>
internal static class PodFacts
{
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";
    public static readonly string FirstDeletionCost = int.MinValue.ToString(CultureInfo.InvariantCulture);

    public static Facts.Pod Of(Pod pod) => new()
    {
        Name = pod.Metadata.Name,
        Uid = pod.Metadata.Uid,
        ResourceVersion = pod.Metadata.ResourceVersion,
        Node = pod.Spec.NodeName,
        ReplicaSet = pod.Metadata.Controller() is { Kind: "ReplicaSet" } owner ? owner.Name : null,
        Job = pod.Metadata.Controller() is { Kind: "Job" } job ? job.Name : null,
        Ordinal = pod.Metadata.Controller() is { Kind: "StatefulSet" } set
            && pod.Metadata.Name.StartsWith($"{set.Name}-", StringComparison.Ordinal)
            && int.TryParse(pod.Metadata.Name.AsSpan(set.Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : null,
        Ready = pod.Status.Conditions.Any(c => c is { Type: "Ready", Status: "True" }),
        Finished = pod.Status.Phase is "Succeeded" or "Failed",
        CreatedAt = InUtc(pod.Metadata.CreationTimestamp),
        TerminatingSince = InUtc(pod.Metadata.DeletionTimestamp),
        Finalizers = [.. pod.Metadata.Finalizers ?? []],
        Quarantined = pod.Metadata.Label(WellKnown.QuarantineLabel) is not null,
        ContainedAt = TimeOf(pod, WellKnown.ContainedAtAnnotation),
        DetachedAt = TimeOf(pod, WellKnown.DetachedAtAnnotation),
        RetainUntil = TimeOf(pod, WellKnown.RetainUntilAnnotation),
        FirstInRollout = pod.Metadata.Annotation(DeletionCost) == FirstDeletionCost,
        HostNetwork = pod.Spec.HostNetwork,
        HoldsExclusively = pod.Spec.Volumes.Any(v => v.PersistentVolumeClaim is not null)
            || pod.Spec.Containers.SelectMany(c => c.Ports).Any(p => p.HostPort is > 0),
        Critical = pod.Spec.PriorityClassName?.StartsWith("system-", StringComparison.Ordinal) is true,
        Exposure = [.. ExposureOf(pod)],
        Containers =
        [
            .. pod.Spec.InitContainers.Concat(pod.Spec.Containers).Select(c => new Facts.Container(c.Name, c.Image ?? "", StatusOf(pod, c.Name)?.ImageID)),
            // What else a pod runs that was too large for the cache is not known.
            .. pod.Metadata.IsTruncated() ? [new Facts.Container("(unread)", "", null)] : (IEnumerable<Facts.Container>)[],
        ],
        ImageVolumes = [.. pod.Spec.Volumes.Where(v => v.Image is not null).Select(v => (v.Name ?? "", v.Image!.Reference ?? ""))],
        Problem = ProblemOf(pod),
    };

    /// <summary>Every image that a pod names, volumes and ephemeral containers included, and what the runtime reports of it.</summary>
    public static IEnumerable<(string Image, string? ImageId)> ImagesOf(Pod pod) =>
    [
        .. pod.Spec.InitContainers.Concat(pod.Spec.Containers).Select(c => (c.Image ?? "", StatusOf(pod, c.Name)?.ImageID)),
        .. pod.Spec.EphemeralContainers.Select(c => (c.Image ?? "", pod.Status.EphemeralContainerStatuses.FirstOrDefault(s => s.Name == c.Name)?.ImageID)),
        .. pod.Spec.Volumes.Where(v => v.Image is not null).Select(v => (v.Image!.Reference ?? "", (string?)null)),
    ];

    /// <summary>What replacing a pod does not undo, said in words.</summary>
    private static IEnumerable<string> ExposureOf(Pod pod)
    {
        if (pod.Spec.HostNetwork)
            yield return "it used the node's network, which NetworkPolicies do not isolate";
        if (pod.Spec.HostPID || pod.Spec.HostIPC)
            yield return "it shared the node's process or IPC namespace: consider replacing the node";
        if (pod.Spec.Containers.Concat(pod.Spec.InitContainers).Any(c => c.SecurityContext?.Privileged is true))
            yield return "it ran privileged: consider replacing the node";
        foreach (var path in pod.Spec.Volumes.Select(v => v.HostPath?.Path).Where(p => p is not null))
            yield return $"it could write to {path} of its node: consider replacing the node";
        foreach (var claim in pod.Spec.Volumes.Select(v => v.PersistentVolumeClaim?.ClaimName).Where(c => c is not null))
            yield return $"it could write to the volume of claim {claim}, which its replacement uses";
        foreach (var container in pod.Spec.EphemeralContainers)
            yield return $"ephemeral container {container.Name} was attached to it, and is not part of its replacement";
    }

    private static DateTimeOffset? InUtc(DateTime? time) => time is { } at ? new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)) : null;

    private static DateTimeOffset? TimeOf(Pod pod, string annotation) =>
        DateTimeOffset.TryParse(pod.Metadata.Annotation(annotation), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static ContainerStatus? StatusOf(Pod pod, string container) =>
        pod.Status.ContainerStatuses.Concat(pod.Status.InitContainerStatuses).FirstOrDefault(s => s.Name == container);

    /// <summary>Only what does not pass by itself within moments: a pull that failed, a crash loop, no node.</summary>
    private static (string, string)? ProblemOf(Pod pod)
    {
        if (pod.Status.Conditions.FirstOrDefault(c => c is { Type: "PodScheduled", Status: "False", Reason: "Unschedulable" }) is { } unscheduled)
            return ("Unschedulable", $"{pod.Metadata.Name}: {unscheduled.Message}");
        var stuck = pod.Status.InitContainerStatuses.Concat(pod.Status.ContainerStatuses).FirstOrDefault(s => s.State?.Waiting?.Reason is
            "ErrImagePull" or "ImagePullBackOff" or "InvalidImageName" or "CrashLoopBackOff" or "CreateContainerConfigError" or "CreateContainerError");
        return stuck?.State?.Waiting is { Reason: { } reason, Message: var message }
            ? (reason, $"{pod.Metadata.Name}, container {stuck.Name}: {message}")
            : null;
    }
}
