namespace Operator.Domain.Findings;

/// <summary>When a finding was detected, by clocks that its sender does not set.</summary>
public static class DetectionTime
{
    /// <summary>How far a detector's clock may be ahead of ours.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromSeconds(5);

    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The time that the detector says, or that of receipt where it says none, one in the future or one before any detector.</summary>
    public static DateTimeOffset Of(DateTimeOffset? occurred, DateTimeOffset received) => IsBelieved(occurred, received) ? occurred!.Value : received;

    /// <summary>Whether a time can be when a finding that was received then happened.</summary>
    public static bool IsBelieved(DateTimeOffset? occurred, DateTimeOffset received) => occurred >= Earliest && occurred - Ahead <= received;
}
