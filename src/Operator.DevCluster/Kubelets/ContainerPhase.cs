using k8s.Models;
using Operator.DevCluster.Images;

namespace Operator.DevCluster.Kubelets;

/// <summary>Where a container stands.</summary>
internal abstract record ContainerPhase
{
    private ContainerPhase()
    {
    }

    /// <summary>When it goes on by itself; null if something else must happen.</summary>
    public virtual DateTimeOffset? Due(DateTimeOffset now) => null;

    /// <param name="Until">When it is over; null while others must come first.</param>
    /// <param name="Next">What it waits for after that; null if the container is tried again.</param>
    public sealed record Waiting(string Reason, string? Message, DateTimeOffset? Until, Waiting? Next = null) : ContainerPhase
    {
        public override DateTimeOffset? Due(DateTimeOffset now) => Until;
    }

    /// <param name="Before">Why it was not running before; that stands in its status until it does.</param>
    public sealed record Pulling(ImageName Image, DateTimeOffset Until, Waiting? Before) : ContainerPhase
    {
        public override DateTimeOffset? Due(DateTimeOffset now) => Until;
    }

    /// <summary>The image is on the node.</summary>
    public sealed record Present(ImageName Image, string Digest) : ContainerPhase;

    /// <param name="Reference">The image as the pod asked for it.</param>
    public sealed record Running(string Id, string Reference, ImageName Image, string Digest, DateTimeOffset Since, DateTimeOffset? ReadyAt, DateTimeOffset? EndsAt) : ContainerPhase
    {
        public ImageBehaviour Behaviour { get; init; } = new();
        public DateTimeOffset? NextLine { get; init; }

        public bool IsReady(DateTimeOffset now) => ReadyAt <= now;

        public override DateTimeOffset? Due(DateTimeOffset now) =>
            ((DateTimeOffset?[])[IsReady(now) ? null : ReadyAt, EndsAt, NextLine]).Min();
    }

    public sealed record Ended(Running Run, V1ContainerStateTerminated How, bool Restarts) : ContainerPhase
    {
        public override DateTimeOffset? Due(DateTimeOffset now) => Restarts ? now : null;
    }
}
