using System.Text;

namespace Operator.Benchmarks.Results;

/// <summary>What one run measured on one cluster, as Markdown.</summary>
internal sealed class ResultsTable(TextWriter progress)
{
    private readonly string loadBefore = Machine.Load();
    private readonly List<Row> rows = [];

    public void Add(Row row)
    {
        rows.Add(row);
        progress.WriteLine($"{row.What}: {row.Measured}{(row.Bar.Length > 0 ? $" (bar {row.Bar})" : "")}{(row.Floor.Length > 0 ? $", floor {row.Floor}" : "")} {row.Verdict}");
    }

    /// <summary>What the page calls this cluster; known once it has run.</summary>
    public static string Cluster => ChosenCluster.Kind switch
    {
        ClusterKind.Embedded => "embedded",
        ClusterKind.ApiServer => $"kube-apiserver {ChosenCluster.Version}",
        ClusterKind.Existing => "a cluster of one's own",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine($"{Cluster}; {Machine.Describe()}; load {loadBefore} before the run, {Machine.Load()} at its end.");
        text.AppendLine();
        text.AppendLine("| what | bar | measured | floor | verdict |");
        text.AppendLine("|---|---|---|---|---|");
        foreach (var row in rows)
            text.AppendLine($"| {row.What} | {row.Bar} | {row.Measured} | {row.Floor} | {row.Verdict} |");
        return text.ToString().ReplaceLineEndings("\n");
    }
}
