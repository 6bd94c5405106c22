using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>
/// A pin makes the operator the owner of an image field, so that an old manifest which is applied again meets a conflict. Once
/// somebody else applies the same digest, the field is his alone: his next upgrade must not conflict with a recovery of long ago.
/// </summary>
internal sealed class PinOwnership(KindDirectory kinds)
{
    private readonly ConcurrentDictionary<string, string> looked = new();

    /// <summary>Gives up what others own as well. Looks once at each version of a workload; null where nothing was to give up.</summary>
    public async Task<ApiResult<AnyObject>?> ReleaseAsync(V1ObjectMeta metadata, WorkloadReference reference, CancellationToken cancellation)
    {
        if (looked.TryGetValue(metadata.Uid, out var version) && version == metadata.ResourceVersion)
            return null;
        var api = (await kinds.FindAsync(reference, cancellation))!;
        var key = ObjectKey.Of(metadata);
        if (await WorkloadObserver.LiveAsync(api, key, metadata.Uid, cancellation) is { } found && Patch(found, kinds.TemplatePath(reference)) is { } patch)
            return await api.PatchAsync(key, Runtime.Patch.Json(patch.Operations), cancellation: cancellation);
        looked[metadata.Uid] = metadata.ResourceVersion;
        return null;
    }

    /// <summary>Takes the images that another manager owns as well out of what the operator owns; null where there are none.</summary>
    private static JsonPatch? Patch(AnyObject found, IReadOnlyList<string> template)
    {
        if (found.At(["metadata", "managedFields"])?.DeepClone() is not JsonArray entries)
            return null;
        var owned = entries.OfType<JsonObject>().ToList();
        var changed = false;
        foreach (var own in owned.Where(e => IsOurs(e)))
        {
            foreach (var (container, list) in Images(own, template).ToList())
            {
                if (!owned.Any(e => !IsOurs(e) && Images(e, template).Contains((container, list))))
                    continue;
                FieldsAt(own, template, list)![container]!.AsObject().Remove("f:image");
                changed = true;
            }
        }
        return changed
            ? new JsonPatch().Test(found.Metadata.Uid, "metadata", "uid").Test(found.Metadata.ResourceVersion, "metadata", "resourceVersion").Replace(entries, "metadata", "managedFields")
            : null;
    }

    private static bool IsOurs(JsonObject entry) => (string?)entry["manager"] == OperatorOptions.FieldManager;

    private static IEnumerable<(string Container, string List)> Images(JsonObject entry, IReadOnlyList<string> template) =>
        from list in (string[])["f:containers", "f:initContainers"]
        from field in FieldsAt(entry, template, list) ?? []
        where field.Value is JsonObject fields && fields.ContainsKey("f:image")
        select (field.Key, list);

    private static JsonObject? FieldsAt(JsonObject entry, IReadOnlyList<string> template, string list) =>
        template.Append("spec").Aggregate(entry["fieldsV1"], (node, name) => (node as JsonObject)?[$"f:{name}"]) is JsonObject spec ? spec[list] as JsonObject : null;
}
