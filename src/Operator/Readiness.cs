using Operator.Access;
using Operator.Cluster;
using Operator.Isolation;

namespace Operator;

/// <summary>
/// Ready once it is known what the operator may do and every cache is filled that it always may fill: from then on findings can be taken, by a leader and a follower alike.
/// </summary>
internal sealed class Readiness(ClusterCache cache, OperatorAccess access, ClusterIsolation isolation)
{
    /// <summary>Begins the line that says what isolates a quarantined pod.</summary>
    public const string Isolation = "isolation: ";

    public Task HandleAsync(HttpContext context)
    {
        var missing = !access.Known.IsCompletedSuccessfully ? "what is granted is not known yet"
            : !cache.HasSynced ? "the caches are not filled yet"
            : null;
        context.Response.StatusCode = missing is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(missing ?? $"ok\n{Isolation}{isolation.Current.Display}\n");
    }
}
