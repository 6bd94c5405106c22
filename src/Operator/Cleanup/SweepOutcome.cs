using Operator.Runtime;

namespace Operator.Cleanup;

/// <summary>What an attempt to undo something came to.</summary>
internal sealed partial class SweepOutcome(ILogger<SweepOutcome> logger)
{
    private readonly Reports reports = new();

    /// <summary>
    /// Whether it was done. What has changed meanwhile is looked at again with its change; what is refused is said, once; a server that
    /// asks for time gets it.
    /// </summary>
    public bool Done<T>(ApiResult<T> result, string what)
    {
        if (result is ApiResult<T>.Throttled)
            result.Required();
        if (result is ApiResult<T>.Forbidden forbidden && reports.IsNew($"{what}: {forbidden.Message}"))
            NotUndone(what, forbidden.Message);
        return result is ApiResult<T>.Ok;
    }

    /// <summary>Said once for each object: its mark belongs to no recovery, so the object is left as it is.</summary>
    public void Foreign(string what, string why)
    {
        if (reports.IsNew($"{what}: {why}"))
            LeftAlone(what, why);
    }

    [LoggerMessage(LogLevel.Error, "{what} carries what a recovery left on it, which the operator may not undo: {why}")]
    private partial void NotUndone(string what, string why);

    [LoggerMessage(LogLevel.Warning, "{what} carries a mark that the operator does not act on: {why}")]
    private partial void LeftAlone(string what, string why);
}
