using System.Buffers;
using System.Text.Json;

namespace Operator.Domain.Findings;

/// <summary>
/// Reads what Falco and falcosidekick send. Fields that are missing, null or of another type are left out; only a document without a rule is refused.
/// </summary>
public static class FalcoAdapter
{
    /// <summary>The most alerts of one body.</summary>
    public const int MostFindings = 1000;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32, AllowTrailingCommas = true };

    /// <summary>One alert, or why it is none and on which line of the body.</summary>
    public static (Finding? Finding, string? Error, int Line) Read(in FramedAlert alert)
    {
        if (alert.Error is not null)
            return (null, alert.Error, alert.Line);
        try
        {
            using var document = JsonDocument.Parse(alert.Bytes, Options);
            var (finding, error) = FalcoAlert.Read(document.RootElement);
            return (finding, error, alert.Line);
        }
        catch (JsonException failure)
        {
            // A document that breaks off does so on its last line, not behind it.
            var last = alert.Bytes.ToArray().AsSpan().TrimEnd((byte)'\n').Count((byte)'\n');
            return (null, $"not JSON: {Text.Clean(failure.Message, 200)}", alert.Line + Math.Min((int)(failure.LineNumber ?? 0), last));
        }
    }

    /// <summary>A body that is there as a whole, and of which every alert can be read: one alert, an array of them, or one after the other.</summary>
    public static ParseResult Parse(ReadOnlyMemory<byte> body)
    {
        AlertFraming framing = new(int.MaxValue);
        ReadOnlySequence<byte> rest = new(body);
        List<Finding> findings = [];
        while (framing.Next(ref rest, ended: true) is { } alert)
        {
            if (findings.Count == MostFindings)
                return new ParseResult.Refused(TooMany, alert.Line);
            var (finding, error, line) = Read(alert);
            if (finding is null)
                return new ParseResult.Refused(framing.IsArray ? $"alert {findings.Count + 1}: {error}" : error!, line);
            findings.Add(finding);
        }
        return findings.Count > 0 ? new ParseResult.Parsed(findings) : new ParseResult.Refused(NothingIn(framing), 0);
    }

    /// <summary>What is said of the alerts behind the last that is taken.</summary>
    public static string TooMany { get; } = $"more than {MostFindings} alerts in one request: those behind were not read";

    /// <summary>What is said of a body without an alert.</summary>
    public static string NothingIn(AlertFraming body) => body.IsArray ? $"an array of 1 to {MostFindings} alerts is expected, not 0" : "the body is empty";
}
