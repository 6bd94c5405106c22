using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>get and list.</summary>
internal sealed class Reading(ObjectRegistry registry, TimeProvider time)
{
    private const string ExpiredContinue =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.";

    public ApiResponse Get(ApiRequest request) => new Representation(request, time).Answer(registry.Get(request.Target, new(request.Namespace, request.Name)));

    public ApiResponse List(ApiRequest request)
    {
        var page = Select(request);
        Representation representation = new(request, time);
        return representation.IsWhole
            ? new(200, (http, cancellation) => WriteAsync(http, request.Target, page, cancellation))
            : ApiResponse.Of(200, representation.Many(page.Items, page.Metadata)) with { Object = null };
    }

    private sealed record Page(IReadOnlyList<StoredObject> Items, long Revision, ContinueToken? Next, int? Remaining)
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
    }

    private Page Select(ApiRequest request)
    {
        Selection selection = new(request);
        var token = request.Parameter("continue") is { } text ? ContinueToken.Parse(text) : null;
        if (token is not null && request.Parameter("resourceVersion") is not (null or "0"))
            throw new StatusException(ApiStatus.BadRequest("specifying resource version is not allowed when using continue"));
        var (state, revision) = token is null ? StateFor(request) : StateAt(request.Target, token.Revision, ExpiredContinue);
        int limit = int.TryParse(request.Parameter("limit"), CultureInfo.InvariantCulture, out int asked) && asked > 0 ? asked : int.MaxValue;

        List<StoredObject> items = [];
        int remaining = 0;
        foreach (var (name, stored) in state.State)
        {
            if ((token is not null && name <= token.After) || !selection.Includes(stored))
                continue;
            if (items.Count < limit)
                items.Add(stored);
            else
                remaining++;
        }
        return remaining == 0
            ? new(items, revision, null, null)
            : new(items, revision, new(revision, items[^1].Name), selection.IsFiltered ? null : remaining);
    }

    /// <summary>The state that <c>resourceVersion</c> and <c>resourceVersionMatch</c> ask for; without them the newest.</summary>
    private (StorageEvent State, long Revision) StateFor(ApiRequest request)
    {
        var (latest, revision) = registry.Store.Snapshot(request.Target.StorageKey);
        string match = request.Parameter("resourceVersionMatch") ?? "";
        if (request.Parameter("resourceVersion") is not { } text)
        {
            return match.Length == 0
                ? (latest, revision)
                : throw new StatusException(ApiStatus.BadRequest("resourceVersionMatch is forbidden unless resourceVersion is provided"));
        }
        long asked = ResourceVersions.Parse(text);
        if (match == "Exact")
            return StateAt(request.Target, asked, $"The resourceVersion for the provided list is too old: {asked}");
        if (asked > revision)
            throw new StatusException(ResourceVersions.TooLarge(asked, revision));
        return (latest, revision);
    }

    private (StorageEvent State, long Revision) StateAt(ResourceDefinition resource, long revision, string expired)
    {
        if (revision > registry.Store.Revision)
            throw new StatusException(ResourceVersions.TooLarge(revision, registry.Store.Revision));
        return registry.Store.History(resource.StorageKey).At(revision) is { } state
            ? (state, revision)
            : throw new StatusException(ApiStatus.Expired(expired));
    }

    private static async Task WriteAsync(HttpContext http, ResourceDefinition resource, Page page, CancellationToken cancellation)
    {
        var writer = http.Response.BodyWriter;
        writer.Write($$"""{"kind":"{{resource.Kind}}List","apiVersion":"{{resource.GroupVersion}}","metadata":{{page.Metadata.ToJsonString(JsonText.Options)}},"items":[""");
        bool first = true;
        foreach (var item in page.Items)
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
