using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Operator.Api.V1Alpha1;
using Operator.Cluster;

namespace Operator.Recoveries;

/// <summary>
/// The labels that pods were detached from, as a hash for the record. They stand on the pod itself, where its namespace can rewrite them:
/// the record says whether they still are what the operator took.
/// </summary>
internal sealed class DetachedLabels
{
    private readonly ConcurrentDictionary<string, string> hashes = new(StringComparer.Ordinal);

    public static string HashOf(string labels) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(labels)));

    /// <summary>Whether the labels on a detached pod are those that its record knows; before the record has them, they may be.</summary>
    public static bool MayBe(Pod pod, Recovery recovery) =>
        recovery.Status?.Progress?.Removals.FirstOrDefault(r => r.Uid == pod.Metadata.Uid)?.LabelsHash is not { } hash
        || pod.Metadata.Annotation(WellKnown.OriginalLabelsAnnotation) is not { } labels || HashOf(labels) == hash;

    /// <summary>Takes what the API server answered to the detaching, or, after a crash, the first look at the detached pod. What is known stays.</summary>
    public void Take(Pod pod)
    {
        if (pod.Metadata.Annotation(WellKnown.OriginalLabelsAnnotation) is { } labels)
            hashes.TryAdd(pod.Metadata.Uid, HashOf(labels));
    }

    /// <summary>Completes a record with what is known here.</summary>
    public void Complete(ProgressStatus progress)
    {
        foreach (var removal in progress.Removals.Where(r => r.LabelsHash is null))
            removal.LabelsHash = hashes.GetValueOrDefault(removal.Uid);
    }

    public void Forget(ProgressStatus progress)
    {
        foreach (var removal in progress.Removals)
            hashes.TryRemove(removal.Uid, out _);
    }
}
