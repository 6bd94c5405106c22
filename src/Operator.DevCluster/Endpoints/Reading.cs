using System.Globalization;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>get and list.</summary>
internal sealed class Reading(ObjectRegistry registry, TimeProvider time)
{
    private const string Expired = "The resourceVersion for the provided list is too old.";

    private const string ContinueExpired =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, " +
        "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an " +
        "inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

    public ApiResponse Get(ApiRequest request) => new Representation(request, time).Answer(registry.Get(request.Target, new(request.Namespace, request.Name)));

    public ApiResponse List(ApiRequest request)
    {
        var page = Select(request);
        Representation representation = new(request, time);
        return representation.IsWhole
            ? new(200, (http, cancellation) => page.WriteAsync(http, request.Target, cancellation))
            : ApiResponse.Of(200, representation.Many(page.Items, page.Metadata)) with { Object = null };
    }

    /// <summary>The page that a list, or the deletion of a collection, is about.</summary>
    public Page Select(ApiRequest request)
    {
        ListOptions.Require(request);
        Selection selection = new(request);
        int limit = int.TryParse(request.Parameter("limit"), CultureInfo.InvariantCulture, out int asked) && asked > 0 ? asked : int.MaxValue;
        var token = request.Parameter("continue") is { } text ? ContinueToken.Parse(text) : null;
        if (token is not null && request.Parameter("resourceVersion") is not (null or "0"))
            throw new StatusException(ApiStatus.BadRequest("specifying resource version is not allowed when using continue"));
        var (state, revision) = token is null ? StateFor(request, limit < int.MaxValue) : StateFor(request, token);

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
    private (StorageEvent State, long Revision) StateFor(ApiRequest request, bool isPaged)
    {
        var (latest, revision) = registry.Store.Snapshot(request.Target.StorageKey);
        if (request.Parameter("resourceVersion") is not { } text)
            return (latest, revision);
        long asked = ResourceVersions.Parse(text);
        if (asked > revision)
            throw new StatusException(ResourceVersions.TooLarge(asked, revision));
        string? match = request.Parameter("resourceVersionMatch");
        // The first page of a list from a revision on shows that revision.
        if (match != "Exact" && (match is not null || !isPaged || asked == 0))
            return (latest, revision);
        return registry.Store.History(request.Target.StorageKey).At(asked) is { } state
            ? (state, asked)
            : throw new StatusException(ApiStatus.Expired(Expired));
    }

    /// <summary>The state of the pages before. Where it is forgotten, another token goes on in that of now.</summary>
    private (StorageEvent State, long Revision) StateFor(ApiRequest request, ContinueToken token)
    {
        var (latest, revision) = registry.Store.Snapshot(request.Target.StorageKey);
        if (token.Revision == ContinueToken.Newest)
            return (latest, revision);
        if (token.Revision > revision)
            throw new StatusException(ResourceVersions.TooLarge(token.Revision, revision));
        return registry.Store.History(request.Target.StorageKey).At(token.Revision) is { } state
            ? (state, token.Revision)
            : throw new StatusException(ApiStatus.Expired(ContinueExpired) with { Continue = (token with { Revision = ContinueToken.Newest }).ToString() });
    }
}
