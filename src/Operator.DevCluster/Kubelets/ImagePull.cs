using k8s.Models;
using Operator.DevCluster.Images;
using static Operator.DevCluster.Kubelets.ContainerPhase;

namespace Operator.DevCluster.Kubelets;

/// <summary>Gets the image of a container onto its node, as its pull policy says.</summary>
internal sealed class ImagePull(Kubelet kubelet)
{
    private int failures;

    public ContainerPhase Begin(V1Pod pod, V1Container spec, Waiting? before, DateTimeOffset now)
    {
        var image = ImageName.Parse(spec.Image);
        if (spec.ImagePullPolicy != "Always" && kubelet.Images.Find(image) is { } present)
        {
            kubelet.Events.Normal(pod, "Pulled", $"Container image \"{spec.Image}\" already present on machine", kubelet.Node);
            return new Present(image, present);
        }
        if (spec.ImagePullPolicy == "Never")
        {
            return new Waiting(
                "ErrImageNeverPull", $"Container image \"{spec.Image}\" is not present with pull policy of Never", now + kubelet.BackOff(++failures));
        }
        kubelet.Events.Normal(pod, "Pulling", $"Pulling image \"{spec.Image}\"", kubelet.Node);
        bool hasLayers = kubelet.Registry.Resolve(image) is { } digest && kubelet.Images.Find(image with { Tag = null, Digest = digest }) is not null;
        return new Pulling(image, hasLayers ? now : now + kubelet.Options.PullDelay, before);
    }

    public ContainerPhase Finish(V1Pod pod, V1Container spec, ImageName image, DateTimeOffset now)
    {
        if (kubelet.Registry.Resolve(image) is { } digest)
        {
            failures = 0;
            kubelet.Images.Add(image, digest);
            kubelet.Events.Normal(pod, "Pulled", $"Successfully pulled image \"{spec.Image}\"", kubelet.Node);
            return new Present(image, digest);
        }
        string why = $"rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found";
        kubelet.Events.Warning(pod, "Failed", $"Failed to pull image \"{spec.Image}\": {why}", kubelet.Node);
        kubelet.Events.Warning(pod, "Failed", "Error: ErrImagePull", kubelet.Node);
        var pause = kubelet.BackOff(++failures);
        string backOff = $"Back-off pulling image \"{spec.Image}\"";
        kubelet.Events.Normal(pod, "BackOff", backOff, kubelet.Node);
        // The error itself stands in the status for a moment, then that it is waited for.
        return new Waiting("ErrImagePull", why, now + pause / 10, new Waiting("ImagePullBackOff", $"{backOff}: ErrImagePull: {why}", now + pause));
    }
}
