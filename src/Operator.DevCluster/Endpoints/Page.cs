using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>Some or all objects of a resource as they were at one moment.</summary>
internal sealed record Page(IReadOnlyList<StoredObject> Items, long Revision, ContinueToken? Next, int? Remaining)
{
    public JsonObject Metadata
    {
        get
        {
            JsonObject metadata = new() { ["resourceVersion"] = Revision.ToString(CultureInfo.InvariantCulture) };
            if (Next is not null)
                metadata["continue"] = Next.ToString();
            if (Remaining is not null)
                metadata["remainingItemCount"] = Remaining;
            return metadata;
        }
    }

    /// <summary>Writes it as a list of the whole objects.</summary>
    public async Task WriteAsync(HttpContext http, ResourceDefinition resource, CancellationToken cancellation)
    {
        var writer = http.Response.BodyWriter;
        writer.Write($$"""{"kind":"{{resource.Kind}}List","apiVersion":"{{resource.GroupVersion}}","metadata":{{Metadata.ToJsonString(JsonText.Options)}},"items":[""");
        bool first = true;
        foreach (var item in Items)
        {
            if (!first)
                writer.Write(","u8);
            first = false;
            if (resource.IsCustom)
                writer.Write(item.Bytes.Span);
            else
            {
                writer.Write("{"u8);
                writer.Write(item.BytesAfterTypeMeta.Span);
            }
            if (writer.UnflushedBytes > 64 * 1024)
                await writer.FlushAsync(cancellation);
        }
        writer.Write("]}"u8);
        await writer.FlushAsync(cancellation);
    }
}
