using System.Text;
using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Remediations;

/// <summary>Writes down what a person has to change where the operator cannot or must not: the patch to commit, or the Job to make anew.</summary>
internal sealed class RemediationWriter(KindDirectory kinds)
{
    /// <summary>What the schema lets in.</summary>
    public const int MostBytes = 64 * 1024;

    private static readonly string[] AssignedMetadata =
        ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "ownerReferences", "deletionTimestamp", "deletionGracePeriodSeconds"];

    /// <summary>Labels that the Job controller gives, and that name the old Job.</summary>
    private static readonly string[] AssignedLabels =
        ["controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"];

    /// <summary>Null where a person has nothing to change in a manifest.</summary>
    public async Task<Remediation?> ForAsync(Recovery recovery, Observation seen, Decision decision, CancellationToken cancellation)
    {
        if (decision is not Decision.Block { Reason: var reason } || seen.Workload is not { } workload || recovery.Spec.Target.Workload is not { } reference)
            return null;
        var images = RecoveryPlanner.PinsOf(seen, workload.Template);
        if (images.Count == 0)
            return null;
        return reason switch
        {
            Reasons.ImmutableTemplate when workload.Kind == OwnerKind.Job => await JobAsync(recovery, reference, workload, images, cancellation),
            Reasons.GitOpsConflict or Reasons.AwaitingCommit or Reasons.NotPermitted => OfPatch(recovery, reference, workload, images, "commit this change where the workload comes from"),
            _ => null,
        };
    }

    private async Task<Remediation> JobAsync(Recovery recovery, WorkloadReference reference, Workload workload, IReadOnlyList<Domain.Planning.PinnedImage> images, CancellationToken cancellation)
    {
        const string Again = "make the Job anew from this manifest: kubectl replace --force -f";
        if (await kinds.FindAsync(reference, cancellation) is { } api
            && await WorkloadObserver.LiveAsync(api, new(recovery.Spec.Target.Namespace, reference.Name), reference.Uid, cancellation) is { } job)
        {
            var manifest = Yaml.Write(Renewed(job.Content, images));
            if (Encoding.UTF8.GetByteCount(manifest) <= MostBytes)
                return new() { Kind = RemediationKind.Manifest, Instructions = Again, Content = manifest };
        }
        return OfPatch(recovery, reference, workload, images, "make the Job anew with this change");
    }

    /// <summary>The Job without what the cluster assigned, from trusted images.</summary>
    private static JsonObject Renewed(JsonObject content, IReadOnlyList<Domain.Planning.PinnedImage> images)
    {
        var job = (JsonObject)content.DeepClone();
        job.Remove("status");
        Strip(job["metadata"] as JsonObject);
        foreach (var assigned in AssignedMetadata)
            (job["metadata"] as JsonObject)?.Remove(assigned);
        (job["metadata"]?["annotations"] as JsonObject)?.Remove("kubectl.kubernetes.io/last-applied-configuration");
        var spec = job["spec"] as JsonObject;
        if (spec?["manualSelector"]?.GetValue<bool>() is not true)
            spec?.Remove("selector");
        Strip(spec?["template"]?["metadata"] as JsonObject);
        (spec?["template"]?["metadata"] as JsonObject)?.Remove("creationTimestamp");
        foreach (var list in new[] { "containers", "initContainers" })
        {
            foreach (var container in spec?["template"]?["spec"]?[list] as JsonArray ?? [])
            {
                if (images.FirstOrDefault(i => i.Container == container?["name"]?.GetValue<string>()) is { } pin)
                    container!["image"] = pin.Image;
            }
        }
        return job;
    }

    private static void Strip(JsonObject? metadata)
    {
        foreach (var label in AssignedLabels)
            (metadata?["labels"] as JsonObject)?.Remove(label);
        foreach (var part in new[] { "labels", "annotations" })
        {
            if (metadata?[part] is JsonObject { Count: 0 })
                metadata.Remove(part);
        }
    }

    /// <summary>Only the fields to change, in the form in which they are applied.</summary>
    private Remediation OfPatch(Recovery recovery, WorkloadReference reference, Workload workload, IReadOnlyList<Domain.Planning.PinnedImage> images, string instructions)
    {
        var spec = new JsonObject();
        foreach (var group in workload.Template.Where(t => !t.IsVolume && images.Any(i => i.Container == t.Name)).GroupBy(t => t.Init))
        {
            spec[group.Key ? "initContainers" : "containers"] = new JsonArray(
                [.. group.Select(t => (JsonNode)new JsonObject { ["name"] = t.Name, ["image"] = images.First(i => i.Container == t.Name).Image })]);
        }
        JsonNode inner = spec;
        foreach (var name in kinds.TemplatePath(reference).Append("spec").Reverse())
            inner = new JsonObject { [name] = inner };
        var patch = new JsonObject
        {
            ["apiVersion"] = reference.ApiVersion,
            ["kind"] = reference.Kind,
            ["metadata"] = new JsonObject { ["name"] = reference.Name, ["namespace"] = recovery.Spec.Target.Namespace },
        };
        foreach (var (name, value) in (JsonObject)inner.DeepClone())
            patch[name] = value?.DeepClone();
        return new() { Kind = RemediationKind.Patch, Instructions = instructions, Content = Yaml.Write(patch) };
    }
}
