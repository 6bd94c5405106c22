namespace Operator.DevCluster.Server;

/// <summary>
/// Where a test makes the server fail. Both hooks see every request; a hook that awaits delays it, one that returns a
/// fault ends it.
/// </summary>
public sealed class Faults
{
    /// <summary>Before anything is done.</summary>
    public Func<ApiRequest, ValueTask<Fault?>>? Before { get; set; }

    /// <summary>Once the outcome is stored and stands in the request, before the client hears of it. Not called for watches.</summary>
    public Func<ApiRequest, ValueTask<Fault?>>? After { get; set; }
}

/// <summary>How a request fails.</summary>
public abstract record Fault
{
    private Fault()
    {
    }

    /// <summary>What the client gets; null for a broken connection.</summary>
    internal ApiResponse? Response => this is Respond respond ? ApiResponse.Of(respond.Status) : null;

    /// <summary>The connection breaks without an answer.</summary>
    public sealed record Drop : Fault;

    /// <summary>The server answers with an error of its own.</summary>
    public sealed record Respond(ApiStatus Status) : Fault;
}
