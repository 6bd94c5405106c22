using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>The options of lists and watches, refused where they do not go together (k8s.io/apimachinery's validation of them).</summary>
internal static class ListOptions
{
    private const string Match = "resourceVersionMatch";

    public static void Require(ApiRequest request)
    {
        StatusCause[] causes = [.. request.Verb == "watch" ? OfWatch(request) : OfList(request)];
        if (causes.Length > 0)
            throw new StatusException(ApiStatus.Invalid("meta.k8s.io", "ListOptions", "", causes));
    }

    private static IEnumerable<StatusCause> OfList(ApiRequest request)
    {
        string? version = request.Parameter("resourceVersion");
        if (request.Parameter(Match) is { } match)
        {
            if (version is null)
                yield return StatusCause.Forbidden(Match, "resourceVersionMatch is forbidden unless resourceVersion is provided");
            if (request.Parameter("continue") is not null)
                yield return StatusCause.Forbidden(Match, "resourceVersionMatch is forbidden when continue is provided");
            if (match is not ("Exact" or "NotOlderThan"))
                yield return StatusCause.NotSupported(Match, $"\"{match}\"", "Exact", "NotOlderThan", "");
            if (match == "Exact" && version == "0")
                yield return StatusCause.Forbidden(Match, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }
        if (request.Parameter("sendInitialEvents") is not null)
            yield return StatusCause.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
    }

    private static IEnumerable<StatusCause> OfWatch(ApiRequest request)
    {
        bool sends = request.Parameter("sendInitialEvents") is not null;
        string? match = request.Parameter(Match);
        if (sends && match != "NotOlderThan")
            yield return StatusCause.Forbidden(Match, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        if (match is null)
            yield break;
        if (!sends)
            yield return StatusCause.Forbidden(Match, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        if (match != "NotOlderThan")
            yield return StatusCause.NotSupported(Match, $"\"{match}\"", "NotOlderThan");
        if (request.Parameter("continue") is not null)
            yield return StatusCause.Forbidden(Match, "resourceVersionMatch is forbidden when continue is provided");
    }
}
