namespace Operator.Receiver;

/// <summary>
/// How long an answer may take to be read. A sender that does not read would else hold a connection and, once the buffers of both sides are
/// full, what is being answered.
/// </summary>
internal static class AnswerDeadline
{
    public static readonly TimeSpan OfAnAnswer = TimeSpan.FromSeconds(10);

    /// <summary>Of a request without a body: nothing else takes long.</summary>
    public static readonly TimeSpan OfAQuestion = TimeSpan.FromSeconds(30);

    /// <summary>The connection breaks at the end of the deadline, if this is not disposed of before.</summary>
    public static IDisposable Begin(HttpContext context, TimeSpan deadline, TimeProvider time) =>
        time.CreateTimer(static c => ((HttpContext)c!).Abort(), context, deadline, Timeout.InfiniteTimeSpan);
}
