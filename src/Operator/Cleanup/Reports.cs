namespace Operator.Cleanup;

/// <summary>Says each thing once. Marks are text that anybody may write, so no more is remembered than a bound; beyond it nothing new is said.</summary>
internal sealed class Reports
{
    private const int Most = 1000;

    private readonly HashSet<string> said = new(StringComparer.Ordinal);

    public bool IsNew(string report)
    {
        lock (said)
            return said.Count < Most && said.Add(report);
    }
}
