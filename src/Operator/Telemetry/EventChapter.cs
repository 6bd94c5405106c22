namespace Operator.Telemetry;

/// <summary>Where in a recovery's story an Event comes. kubectl shows Events of one second in the order of their names, which begin with it.</summary>
internal enum EventChapter
{
    /// <summary>Of no story.</summary>
    None = 0,
    Containment = 1,
    Replacement = 2,
    Note = 3,
    Verification = 4,
    Blockage = 5,
    End = 6,
}
