namespace Operator.Benchmarks.Results;

/// <summary>One line of the table: what was measured beside what it must reach and what nothing could be faster than.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Bar">What it must reach.</param>
/// <param name="Measured">What it reached.</param>
/// <param name="Floor">What the same calls take when they are sent bare; empty where there is no such thing.</param>
/// <param name="Met">Whether the bar was reached; null where there is none.</param>
internal sealed record Row(string What, string Bar, string Measured, string Floor = "", bool? Met = null)
{
    public string Verdict => Met switch
    {
        true => "met",
        false => "**missed**",
        null => "",
    };
}
