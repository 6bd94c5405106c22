using Operator.Cluster;

namespace Operator;

/// <summary>Ready once every cache is filled: from then on findings can be taken, by a leader and a follower alike.</summary>
internal sealed class Readiness(ClusterCache cache)
{
    public Task HandleAsync(HttpContext context)
    {
        context.Response.StatusCode = cache.HasSynced ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(cache.HasSynced ? "ok" : "the caches are not filled yet");
    }
}
