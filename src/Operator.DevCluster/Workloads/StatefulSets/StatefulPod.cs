using System.Globalization;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Workloads.Revisions;

namespace Operator.DevCluster.Workloads.StatefulSets;

/// <summary>The pod of one ordinal: its name, its labels and its volumes follow from the ordinal.</summary>
internal static class StatefulPod
{
    public const string NameLabel = "statefulset.kubernetes.io/pod-name";
    public const string IndexLabel = "apps.kubernetes.io/pod-index";

    public static string NameOf(V1StatefulSet set, int ordinal) => $"{set.Metadata.Name}-{ordinal.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Null if the pod is not named as one of the set's.</summary>
    public static int? OrdinalOf(V1StatefulSet set, V1Pod pod) =>
        pod.Metadata.Name.StartsWith(set.Metadata.Name + "-", StringComparison.Ordinal)
        && int.TryParse(pod.Metadata.Name[(set.Metadata.Name.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal)
            ? ordinal
            : null;

    public static V1Pod PodOf(V1StatefulSet set, int ordinal, V1ControllerRevision revision)
    {
        var pod = PodTemplates.PodOf(revision.Template(), set);
        pod.Metadata.Name = NameOf(set, ordinal);
        pod.Metadata.Labels = new Dictionary<string, string>(pod.Metadata.Labels ?? new Dictionary<string, string>())
        {
            [RevisionHistory<V1StatefulSet>.PodLabel] = revision.Metadata.Name,
            [NameLabel] = pod.Metadata.Name,
            [IndexLabel] = ordinal.ToString(CultureInfo.InvariantCulture),
        };
        pod.Spec.Hostname = pod.Metadata.Name;
        pod.Spec.Subdomain = set.Spec.ServiceName;
        var claims = set.Spec.VolumeClaimTemplates ?? [];
        pod.Spec.Volumes =
        [
            .. (pod.Spec.Volumes ?? []).Where(v => claims.All(c => c.Metadata.Name != v.Name)),
            .. claims.Select(c => new V1Volume { Name = c.Metadata.Name, PersistentVolumeClaim = new() { ClaimName = VolumeClaims.NameOf(c, pod) } }),
        ];
        return pod;
    }

    public static string? Revision(this V1Pod pod) => pod.Metadata.Label(RevisionHistory<V1StatefulSet>.PodLabel);

    public static bool IsGoing(this V1Pod pod) => pod.Metadata.DeletionTimestamp is not null;
}
