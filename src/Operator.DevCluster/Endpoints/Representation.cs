using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;
using Operator.DevCluster.Tables;

namespace Operator.DevCluster.Endpoints;

/// <summary>How the client wants to see objects, by its Accept header: whole, as rows of a table, or their metadata alone.</summary>
internal sealed class Representation(ApiRequest request, TimeProvider time)
{
    private readonly Form form = Negotiate(request.Accept);

    private enum Form { Whole, Table, Metadata }

    /// <summary>Whether the stored bytes can be sent as they are.</summary>
    public bool IsWhole => form == Form.Whole;

    public ApiResponse Answer(StoredObject stored) => IsWhole ? ApiResponse.Of(200, stored) : ApiResponse.Of(200, One(stored, headers: true));

    /// <summary>One object, if <see cref="IsWhole"/> is not so. A watch sends the headers of a table only once.</summary>
    public JsonObject One(StoredObject stored, bool headers) => form == Form.Table
        ? Table([stored], new() { ["resourceVersion"] = stored.Json.ResourceVersion }, headers)
        : PartialMetadata.Of(stored.Json);

    /// <summary>A list, if <see cref="IsWhole"/> is not so.</summary>
    public JsonObject Many(IEnumerable<StoredObject> items, JsonObject metadata) => form == Form.Table
        ? Table(items, metadata, headers: true)
        : new()
        {
            ["kind"] = "PartialObjectMetadataList",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. items.Select(i => PartialMetadata.Of(i.Json))]),
        };

    /// <summary>What stands in a bookmark: nothing but a resource version.</summary>
    public JsonObject Bookmark(ResourceDefinition resource, JsonObject metadata)
    {
        JsonObject bookmark = new() { ["kind"] = resource.Kind, ["apiVersion"] = resource.GroupVersion, ["metadata"] = metadata };
        return form switch
        {
            Form.Table => Tables.Table.Of(
                resource, [bookmark], new() { ["resourceVersion"] = metadata["resourceVersion"]?.DeepClone() }, "Object", time.GetUtcNow(), headers: false),
            Form.Metadata => PartialMetadata.Of(bookmark),
            _ => bookmark,
        };
    }

    private JsonObject Table(IEnumerable<StoredObject> items, JsonObject metadata, bool headers) => Tables.Table.Of(
        request.Target, items.Select(i => i.Json), metadata, request.Parameter("includeObject"), time.GetUtcNow(), headers);

    /// <summary>The first of the accepted media types that this server speaks.</summary>
    private static Form Negotiate(string accept)
    {
        foreach (string mediaType in accept.Split(','))
        {
            string[] parts = mediaType.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] is not ("application/json" or "application/*" or "*/*" or ""))
                continue;
            if (parts.Contains("as=Table"))
                return Form.Table;
            return parts.Any(p => p.StartsWith("as=PartialObjectMetadata", StringComparison.Ordinal)) ? Form.Metadata : Form.Whole;
        }
        return Form.Whole;
    }
}
