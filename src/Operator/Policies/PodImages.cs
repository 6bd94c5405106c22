using k8s.Models;
using Operator.Cluster;
using Operator.Domain.Trust;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Policies;

/// <summary>One container: what its template names, what the pod names, and what the runtime reports.</summary>
internal readonly record struct PodImage(ImageReference Template, ImageReference Spec, string? ImageId);

/// <summary>The images of a pod beside those of the template that made it, from the caches.</summary>
internal static class PodImages
{
    public static IReadOnlyList<PodImage> Of(ClusterCache cache, Pod pod)
    {
        var template = TemplateOf(cache, pod);
        return
        [
            .. from container in PodFacts.Of(pod).Containers
               let spec = ImageReference.Parse(container.Image)
               let made = template?.InitContainers.Concat(template.Containers).FirstOrDefault(c => c.Name == container.Name)?.Image
               select new PodImage(made is null || made == container.Image ? spec : ImageReference.Parse(made), spec, container.ImageId),
        ];
    }

    /// <summary>Null where no kind that is cached made the pod: then what the pod names itself is all there is.</summary>
    private static TemplateSpec? TemplateOf(ClusterCache cache, Pod pod)
    {
        if (pod.Metadata.Controller() is not { } owner)
            return null;
        ObjectKey key = new(pod.Metadata.NamespaceProperty, owner.Name);
        return owner.Kind switch
        {
            "ReplicaSet" when cache.ReplicaSets.Store.Get(key) is { } set && set.Metadata.Uid == owner.Uid => set.Spec.Template.Spec,
            "StatefulSet" when cache.StatefulSets.Store.Get(key) is { } set && set.Metadata.Uid == owner.Uid => set.Spec.Template.Spec,
            "DaemonSet" when cache.DaemonSets.Store.Get(key) is { } set && set.Metadata.Uid == owner.Uid => set.Spec.Template.Spec,
            "Job" when cache.Jobs.Store.Get(key) is { } job && job.Metadata.Uid == owner.Uid => job.Spec.Template.Spec,
            _ => null,
        };
    }
}
