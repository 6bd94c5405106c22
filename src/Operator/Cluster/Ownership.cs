using k8s.Models;

namespace Operator.Cluster;

/// <summary>Who owns what, and what a pod's containers are called by the runtime.</summary>
internal static class Ownership
{
    public static V1OwnerReference? Controller(this V1ObjectMeta metadata) =>
        metadata.OwnerReferences?.FirstOrDefault(o => o.Controller is true);

    public static Api.V1Alpha1.WorkloadReference ToReference(this V1OwnerReference owner) =>
        new() { ApiVersion = owner.ApiVersion, Kind = owner.Kind, Name = owner.Name, Uid = owner.Uid };

    public static string? ControllerUid(this V1ObjectMeta metadata) => metadata.Controller()?.Uid;

    public static string? Annotation(this V1ObjectMeta metadata, string key) =>
        metadata.Annotations?.TryGetValue(key, out var value) is true ? value : null;

    public static string? Label(this V1ObjectMeta metadata, string key) =>
        metadata.Labels?.TryGetValue(key, out var value) is true ? value : null;

    /// <summary>Ids of all containers, those that ended last included, without the runtime's scheme.</summary>
    public static IEnumerable<string> ContainerIds(this Pod pod) =>
        from status in (IEnumerable<ContainerStatus>)[.. pod.Status.ContainerStatuses, .. pod.Status.InitContainerStatuses, .. pod.Status.EphemeralContainerStatuses]
        from id in (IEnumerable<string?>)[status.ContainerID, status.LastState?.Terminated?.ContainerID]
        where !string.IsNullOrEmpty(id)
        select id[(id.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? scheme + 3 : 0)..];
}
