using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Runtime;
using PinnedImage = Operator.Domain.Planning.PinnedImage;

namespace Operator.Recoveries;

/// <summary>The changes this operator makes to templates: images of named containers, by index, after testing that they are still what was seen.</summary>
internal static class TemplatePatches
{
    private static readonly string[] DeploymentTemplate = ["spec", "template"];

    /// <summary>Pins images, pauses or unpauses, in one patch; null when nothing is left to change.</summary>
    public static JsonPatch? Pin(Deployment deployment, Recovery recovery, IReadOnlyList<PinnedImage> images, Pausing pausing)
    {
        var patch = Start(deployment.Metadata);
        var name = ObjectKey.Of(recovery.Metadata).ToString();
        var changed = Images(patch, deployment.Spec.Template, DeploymentTemplate, images);
        if (changed)
            Pinned(patch, deployment.Metadata, name);

        var pausedBy = deployment.Metadata.Annotation(WellKnown.PausedByAnnotation);
        switch (pausing)
        {
            case Pausing.Pause when !deployment.Spec.Paused:
                patch.Add(true, "spec", "paused");
                Annotate(patch, deployment.Metadata, WellKnown.PausedByAnnotation, name);
                changed = true;
                break;
            case Pausing.Unpause when pausedBy == name:
                if (deployment.Spec.Paused)
                    patch.Replace(false, "spec", "paused");
                patch.Remove("metadata", "annotations", WellKnown.PausedByAnnotation);
                changed = true;
                break;
        }
        return changed ? patch : null;
    }

    /// <summary>Pins images in the own template of what cannot be paused; null when they already are.</summary>
    public static JsonPatch? Pin(V1ObjectMeta metadata, PodTemplate template, IReadOnlyList<string> path, Recovery recovery, IReadOnlyList<PinnedImage> images)
    {
        var patch = Start(metadata);
        if (!Images(patch, template, path, images))
            return null;
        Pinned(patch, metadata, ObjectKey.Of(recovery.Metadata).ToString());
        return patch;
    }

    /// <summary>Unpauses a Deployment whose recovery is over; null when it is not paused by one.</summary>
    public static JsonPatch? Release(Deployment deployment)
    {
        if (deployment.Metadata.Annotation(WellKnown.PausedByAnnotation) is null)
            return null;
        var patch = Start(deployment.Metadata).Remove("metadata", "annotations", WellKnown.PausedByAnnotation);
        return deployment.Spec.Paused ? patch.Replace(false, "spec", "paused") : patch;
    }

    /// <summary>How often its last recovery pinned it: once, unless somebody put the old image back.</summary>
    public static int PinsOf(V1ObjectMeta metadata) =>
        int.TryParse(metadata.Annotation(WellKnown.PinCountAnnotation), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    private static void Pinned(JsonPatch patch, V1ObjectMeta metadata, string recovery)
    {
        var count = metadata.Annotation(WellKnown.PinnedByAnnotation) == recovery ? PinsOf(metadata) + 1 : 1;
        Annotate(patch, metadata, WellKnown.PinnedByAnnotation, recovery);
        Annotate(patch, metadata, WellKnown.PinCountAnnotation, count.ToString(CultureInfo.InvariantCulture));
    }

    private static JsonPatch Start(V1ObjectMeta metadata) =>
        new JsonPatch().Test(metadata.Uid, "metadata", "uid").Test(metadata.ResourceVersion, "metadata", "resourceVersion");

    private static bool Images(JsonPatch patch, PodTemplate template, IReadOnlyList<string> path, IReadOnlyList<PinnedImage> images)
    {
        var changed = false;
        foreach (var image in images)
        {
            changed |= Image(patch, template.Spec.Containers, [.. path, "spec", "containers"], image);
            changed |= Image(patch, template.Spec.InitContainers, [.. path, "spec", "initContainers"], image);
        }
        return changed;
    }

    private static bool Image(JsonPatch patch, IReadOnlyList<Cluster.Container> containers, IReadOnlyList<string> list, PinnedImage image)
    {
        var at = containers.ToList().FindIndex(c => c.Name == image.Container && c.Image != image.Image);
        if (at < 0)
            return false;
        var index = at.ToString(CultureInfo.InvariantCulture);
        patch.Test(image.Container, [.. list, index, "name"]).Replace(image.Image, [.. list, index, "image"]);
        return true;
    }

    private static void Annotate(JsonPatch patch, V1ObjectMeta metadata, string key, string value)
    {
        if (metadata.Annotations is null)
        {
            patch.Add(new JsonObject(), "metadata", "annotations");
            metadata.Annotations = new Dictionary<string, string> { [key] = value };
        }
        patch.Add(value, "metadata", "annotations", key);
    }
}
