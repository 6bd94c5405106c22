using System.Text.Json;

namespace Operator.Domain.Findings;

/// <summary>
/// Reads what Falco and falcosidekick send: one JSON document, an array of them, or one on each line.
/// Fields that are missing, null or of another type are left out; only a body without a rule is refused.
/// </summary>
public static class FalcoAdapter
{
    public const int MostFindings = 1000;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32, AllowTrailingCommas = true };

    public static ParseResult Parse(ReadOnlyMemory<byte> body)
    {
        var text = body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;
        if (text.Span.Trim(" \t\r\n"u8).IsEmpty)
            return new ParseResult.Refused("the body is empty", 0);
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            if (document.RootElement.ValueKind == JsonValueKind.Array)
                return ParseArray(document.RootElement);
            var (finding, error) = FalcoAlert.Read(document.RootElement);
            return finding is null ? new ParseResult.Refused(error!, 0) : new ParseResult.Parsed([finding]);
        }
        catch (JsonException failure)
        {
            return ParseLines(text, failure);
        }
    }

    private static ParseResult ParseArray(JsonElement array)
    {
        if (array.GetArrayLength() is 0 or > MostFindings)
            return new ParseResult.Refused($"an array of 1 to {MostFindings} alerts is expected, not {array.GetArrayLength()}", 0);
        var findings = new List<Finding>();
        var index = 0;
        foreach (var element in array.EnumerateArray())
        {
            index++;
            var (finding, error) = FalcoAlert.Read(element);
            if (finding is null)
                return new ParseResult.Refused($"alert {index}: {error}", index);
            findings.Add(finding);
        }
        return new ParseResult.Parsed(findings);
    }

    private static ParseResult ParseLines(ReadOnlyMemory<byte> text, JsonException whole)
    {
        var findings = new List<Finding>();
        var number = 0;
        while (!text.IsEmpty)
        {
            number++;
            var end = text.Span.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
                continue;
            try
            {
                using var document = JsonDocument.Parse(line, Options);
                var (finding, error) = FalcoAlert.Read(document.RootElement);
                if (finding is null)
                    return new ParseResult.Refused(error!, number);
                findings.Add(finding);
            }
            catch (JsonException failure)
            {
                // One document over several lines that is broken: its own complaint says more than that of its first line.
                return findings.Count == 0
                    ? new ParseResult.Refused($"not JSON: {Text.Clean(whole.Message, 200)}", (int)(whole.LineNumber ?? 0) + 1)
                    : new ParseResult.Refused($"not JSON: {Text.Clean(failure.Message, 200)}", number);
            }
            if (findings.Count > MostFindings)
                return new ParseResult.Refused($"more than {MostFindings} alerts in one request", number);
        }
        return new ParseResult.Parsed(findings);
    }
}
