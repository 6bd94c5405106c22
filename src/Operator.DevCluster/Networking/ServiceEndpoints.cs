using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Networking;

/// <summary>What a Service makes of the pods that it selects.</summary>
internal static class ServiceEndpoints
{
    /// <summary>Without a selector somebody else says what stands behind it.</summary>
    public static bool HasPods(V1Service service) => service.Spec.Selector is { Count: > 0 } && service.Spec.Type != "ExternalName";

    public static bool Selects(V1Service service, V1Pod pod) => service.Spec.Selector.All(l => pod.Metadata.Label(l.Key) == l.Value);

    public static bool IsReachable(V1Pod pod) => !pod.IsFinished() && pod.Status?.PodIP is { Length: > 0 };

    public static V1Endpoint Endpoint(V1Service service, V1Pod pod)
    {
        bool serves = service.Spec.PublishNotReadyAddresses is true || pod.IsReady();
        bool terminates = pod.Metadata.DeletionTimestamp is not null;
        return new()
        {
            Addresses = [pod.Status.PodIP],
            Conditions = new() { Ready = serves && (!terminates || service.Spec.PublishNotReadyAddresses is true), Serving = serves, Terminating = terminates },
            NodeName = pod.Spec.NodeName,
            TargetRef = new() { Kind = "Pod", Name = pod.Metadata.Name, NamespaceProperty = pod.Metadata.NamespaceProperty, Uid = pod.Metadata.Uid },
        };
    }

    /// <summary>A port that is named by its container port is what the first pod that has that name says.</summary>
    public static IReadOnlyList<Discoveryv1EndpointPort> Ports(V1Service service, IReadOnlyList<V1Pod> pods) =>
    [
        .. (service.Spec.Ports ?? []).Select(p => new Discoveryv1EndpointPort
        {
            Name = p.Name ?? "",
            Protocol = p.Protocol ?? "TCP",
            Port = Number(p, pods),
            AppProtocol = p.AppProtocol,
        }).Where(p => p.Port is not null),
    ];

    private static int? Number(V1ServicePort port, IReadOnlyList<V1Pod> pods)
    {
        string target = port.TargetPort?.ToString() ?? "";
        if (target.Length == 0 || target == "0")
            return port.Port;
        return int.TryParse(target, System.Globalization.CultureInfo.InvariantCulture, out int number)
            ? number
            : pods.SelectMany(p => p.Spec.Containers).SelectMany(c => c.Ports ?? []).FirstOrDefault(p => p.Name == target)?.ContainerPort;
    }
}
