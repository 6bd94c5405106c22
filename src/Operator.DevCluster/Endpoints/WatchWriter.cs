using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>Writes watch events, one JSON document a line.</summary>
internal sealed class WatchWriter(PipeWriter pipe, ResourceDefinition resource, Representation representation)
{
    private const int FlushAt = 64 * 1024;

    private bool sentHeaders;

    /// <summary>How far the watcher has been brought.</summary>
    public long Revision { get; set; }

    public ValueTask EventAsync(string type, StoredObject stored, CancellationToken cancellation) =>
        representation.IsWhole
            ? WriteAsync(type, stored.Bytes, cancellation)
            : WriteAsync(type, representation.One(stored, headers: FirstRow()), cancellation);

    public async ValueTask BookmarkAsync(long revision, bool initialEventsEnd, CancellationToken cancellation)
    {
        JsonObject metadata = new() { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture), ["creationTimestamp"] = null };
        if (initialEventsEnd)
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        await WriteAsync("BOOKMARK", representation.Bookmark(resource, metadata), cancellation);
        await FlushAsync(cancellation);
    }

    public async ValueTask ErrorAsync(ApiStatus status, CancellationToken cancellation)
    {
        await WriteAsync("ERROR", status.ToJson(), cancellation);
        await FlushAsync(cancellation);
    }

    public async ValueTask FlushAsync(CancellationToken cancellation) => await pipe.FlushAsync(cancellation);

    private bool FirstRow()
    {
        bool first = !sentHeaders;
        sentHeaders = true;
        return first;
    }

    private ValueTask WriteAsync(string type, JsonObject json, CancellationToken cancellation) =>
        WriteAsync(type, System.Text.Encoding.UTF8.GetBytes(json.ToJsonString(JsonText.Options)), cancellation);

    private async ValueTask WriteAsync(string type, ReadOnlyMemory<byte> json, CancellationToken cancellation)
    {
        pipe.Write($$"""{"type":"{{type}}","object":""");
        pipe.Write(json.Span);
        pipe.Write("}\n"u8);
        if (pipe.UnflushedBytes > FlushAt)
            await pipe.FlushAsync(cancellation);
    }
}
