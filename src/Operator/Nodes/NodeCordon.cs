using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Nodes;

/// <summary>
/// A cordon names the set of recoveries that hold it, in an annotation of the node.
/// A node without that annotation was cordoned by somebody else and is left as it is, both ways.
/// </summary>
internal sealed class NodeCordon(ResourceApi<Node> nodes)
{
    /// <summary>More recoveries than hold one node at once: of text that somebody wrote no more is looked up.</summary>
    private const int MostHolders = 256;

    /// <summary>The recoveries that the annotation names. Text that names none holds nothing.</summary>
    public static IReadOnlyList<ObjectKey> HoldersOf(Node node)
    {
        List<ObjectKey> holders = [];
        foreach (var entry in Entries(node) ?? [])
        {
            if (ObjectKey.TryParse(entry, out var key) && key.Namespace.Length > 0 && holders.Count < MostHolders && !holders.Contains(key))
                holders.Add(key);
        }
        return holders;
    }

    /// <summary>How many entries the annotation has, whatever they name; null without the annotation.</summary>
    public static int? EntriesOf(Node node) => Entries(node)?.Length;

    /// <summary>Adds a recovery to the holders, cordoning the node if it is the first.</summary>
    public Task<ApiResult<Node>> HoldAsync(Node node, ObjectKey recovery, CancellationToken cancellation) =>
        WriteAsync(node, [.. HoldersOf(node).Append(recovery).Distinct()], unschedulable: true, cancellation);

    /// <summary>Keeps only these holders; with none left the node takes pods again.</summary>
    public Task<ApiResult<Node>> ReleaseAsync(Node node, IReadOnlyList<ObjectKey> remaining, CancellationToken cancellation) =>
        WriteAsync(node, remaining, unschedulable: remaining.Count > 0, cancellation);

    private Task<ApiResult<Node>> WriteAsync(Node node, IReadOnlyList<ObjectKey> holders, bool unschedulable, CancellationToken cancellation)
    {
        // The resourceVersion makes it a compare-and-swap: two recoveries never overwrite each other's hold.
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = node.Metadata.Uid,
                ["resourceVersion"] = node.Metadata.ResourceVersion,
                ["annotations"] = new JsonObject
                {
                    [WellKnown.CordonedByAnnotation] = holders.Count == 0
                        ? null
                        : JsonSerializer.Serialize([.. holders.Select(h => h.ToString())], ClusterJson.Default.StringArray),
                },
            },
            ["spec"] = new JsonObject { ["unschedulable"] = unschedulable ? true : null },
        };
        return nodes.PatchAsync(ObjectKey.Of(node.Metadata), Patch.Merge(patch), cancellation: cancellation);
    }

    private static string?[]? Entries(Node node)
    {
        if (node.Metadata.Annotations?.TryGetValue(WellKnown.CordonedByAnnotation, out var json) is not true)
            return null;
        try
        {
            return JsonSerializer.Deserialize(json!, ClusterJson.Default.StringArray) ?? [];
        }
        catch (JsonException)
        {
            // Somebody edited the annotation by hand: the sweeper then finds no holder and releases the node.
            return [];
        }
    }
}
