using Operator.Runtime;

namespace Operator.Cleanup;

/// <summary>An object that carries a mark of a recovery. Each has its own place in the sweeper's queue, and its own backoff.</summary>
internal readonly record struct Marked(MarkedKind Kind, ObjectKey Key)
{
    /// <summary>Looks for everything that carries a mark, and puts it on the queue.</summary>
    public static Marked Everything => default;

    public override string ToString() => this == Everything ? "everything" : $"{Kind} {Key}";
}

/// <summary>The kinds that recoveries leave marks on.</summary>
internal enum MarkedKind
{
    Everything,
    Pod,
    Deployment,
    StatefulSet,
    DaemonSet,
    CronJob,
    Node,
    NetworkPolicy,
}
