using System.Text.Json;
using System.Text.Json.Serialization;
using Operator.Api.V1Alpha1;
using Spectre.Console;

namespace Operator.Demo;

/// <summary>What became of one alert.</summary>
internal sealed record FindingRow(string File, string Outcome, string? Reason);

internal sealed record ImageRow(string Container, string? From, string? To);

/// <summary>How one recovery ended.</summary>
internal sealed record RecoveryRow(
    string Target, string Finding, string Outcome, IReadOnlyList<ImageRow> Images, double? TimeToContainSeconds, double? TimeToRecoverSeconds)
{
    public static RecoveryRow Of(Recovery recovery)
    {
        var status = recovery.Status ?? new();
        return new(
            $"{recovery.Spec.Target.Namespace}/{recovery.Spec.Target.Name}",
            string.Join("; ", status.Findings.Select(f => f.Rule).Distinct()),
            status.Outcome ?? status.Phase ?? "Pending",
            [.. status.Images.Select(i => new ImageRow(i.Container, i.From, i.To))],
            status.TimeToContain?.Value.TotalSeconds,
            status.TimeToRecover?.Value.TotalSeconds);
    }
}

/// <summary>What the demo ends with.</summary>
internal sealed record Report(IReadOnlyList<RecoveryRow> Recoveries, IReadOnlyList<FindingRow> Findings)
{
    public void WriteJson(TextWriter output) => output.WriteLine(JsonSerializer.Serialize(this, ReportJson.Default.Report));

    public void WriteTable(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = 180;
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumns("target", "finding", "outcome", "images from → to", "contained", "recovered");
        foreach (var row in Recoveries)
        {
            table.AddRow(
                Markup.Escape(row.Target),
                Markup.Escape(row.Finding),
                Markup.Escape(row.Outcome),
                Markup.Escape(string.Join("\n", row.Images.Select(i => $"{Progress.Short(i.From ?? "?")}\n→ {(i.To is null || i.To == i.From ? "unchanged" : Progress.Short(i.To))}"))),
                Seconds(row.TimeToContainSeconds),
                Seconds(row.TimeToRecoverSeconds));
        }
        console.Write(table);
        foreach (var row in Findings.Where(f => Recoveries.All(r => r.Outcome != f.Outcome)))
            output.WriteLine($"{row.File}: {row.Outcome}: {row.Reason}");
    }

    private static string Seconds(double? seconds) => seconds is { } s ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{s:0.000} s") : "–";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext;
