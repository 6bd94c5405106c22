using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Runtime;
using Pod = Operator.Cluster.Pod;

namespace Operator.Admission;

/// <summary>
/// Shows what admission makes of an image: a dry-run update of a pod that runs, since this operator makes none. The policies judge
/// it as a creation; nothing of it is stored.
/// </summary>
internal sealed class AdmissionTrials(ClusterCache cache)
{
    private static readonly string[] Refusing =
        [.. new[] { AdmissionPolicyName.RevokedImages, AdmissionPolicyName.ListedImages }.Select(n => $"ValidatingAdmissionPolicy '{AdmissionState.NameOf(n)}'")];

    public async Task<AdmissionTrial> TryAsync(string ns, TrialRequest asked, CancellationToken cancellation)
    {
        var became = new Dictionary<string, string>();
        var refused = new HashSet<string>();
        foreach (var image in asked.Tags.Concat(asked.Condemned))
        {
            switch (await TryAsync(new(ns, asked.On.Name), asked.On.Uid, image, cancellation))
            {
                case ApiResult<Pod>.Ok { Value.Spec.Containers: [{ Image: { } admitted }, ..] }:
                    became[image] = admitted;
                    break;
                case ApiResult<Pod>.Forbidden { Message: var why } when IsOurs(why):
                case ApiResult<Pod>.Invalid { Message: var also } when IsOurs(also):
                    refused.Add(image);
                    break;
                case ApiResult<Pod>.Forbidden { Message: var why }:
                    return new() { Problem = $"a dry run was refused: {why}" };
                case ApiResult<Pod>.Invalid { Message: var why }:
                    return new() { Problem = $"a dry run was refused: {why}" };
                case ApiResult<Pod>.NotFound or ApiResult<Pod>.Conflict:
                    // The pod went or changed: the next look finds another one.
                    break;
                case var other:
                    other.Required();
                    break;
            }
        }
        return new() { Became = became, Refused = refused };
    }

    private Task<ApiResult<Pod>> TryAsync(ObjectKey key, string uid, string image, CancellationToken cancellation)
    {
        var patch = new JsonPatch();
        if (cache.PodOf(uid)?.Metadata.Annotations is null)
            patch.Add(new JsonObject(), "metadata", "annotations");
        patch.Add("true", "metadata", "annotations", WellKnown.AdmissionTrialAnnotation).Replace(image, "spec", "containers", "0", "image");
        return cache.Pods.Api.PatchAsync(key, Patch.Json(patch.Operations) with { DryRun = true }, cancellation: cancellation);
    }

    private static bool IsOurs(string message) => Refusing.Any(p => message.Contains(p, StringComparison.Ordinal));
}
