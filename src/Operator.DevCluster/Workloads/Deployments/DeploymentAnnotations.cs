using System.Globalization;
using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads.Deployments;

/// <summary>What a Deployment notes on its ReplicaSets.</summary>
internal static class DeploymentAnnotations
{
    public const string Revision = "deployment.kubernetes.io/revision";
    public const string DesiredReplicas = "deployment.kubernetes.io/desired-replicas";
    public const string MaxReplicas = "deployment.kubernetes.io/max-replicas";

    private const string RevisionHistory = "deployment.kubernetes.io/revision-history";

    private static readonly HashSet<string> Own =
        [Revision, DesiredReplicas, MaxReplicas, RevisionHistory, "kubectl.kubernetes.io/last-applied-configuration", "deprecated.deployment.rollback.to"];

    public static int Number(this V1ObjectMeta metadata, string annotation) =>
        int.TryParse(metadata.Annotation(annotation), CultureInfo.InvariantCulture, out int number) ? number : 0;

    /// <summary>How many replicas the Deployment wanted and could have at most when it last scaled this ReplicaSet.</summary>
    public static Dictionary<string, string> Scale(V1Deployment deployment)
    {
        int wanted = deployment.Spec.Replicas ?? 1;
        return new() { [DesiredReplicas] = Text(wanted), [MaxReplicas] = Text(wanted + deployment.MaxSurge()) };
    }

    /// <summary>What the ReplicaSet of the present template has to carry and does not yet.</summary>
    public static Dictionary<string, string> Missing(Rollout rollout, IDictionary<string, string>? present)
    {
        Dictionary<string, string> missing = [];
        foreach (var (key, value) in rollout.Deployment.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            if (!Own.Contains(key) && (present is null || !present.TryGetValue(key, out string? there) || there != value))
                missing[key] = value;
        }
        int revision = NextRevision(rollout);
        int now = present is not null && present.TryGetValue(Revision, out string? text) && int.TryParse(text, CultureInfo.InvariantCulture, out int number) ? number : 0;
        if (now >= revision)
            return missing;
        missing[Revision] = Text(revision);
        if (now > 0)
            missing[RevisionHistory] = present!.TryGetValue(RevisionHistory, out string? history) ? $"{history},{now}" : Text(now);
        return missing;
    }

    private static int NextRevision(Rollout rollout) => rollout.Old.Select(r => r.Metadata.Number(Revision)).DefaultIfEmpty().Max() + 1;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
