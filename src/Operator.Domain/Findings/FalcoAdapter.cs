using System.Text.Json;

namespace Operator.Domain.Findings;

/// <summary>
/// Reads what Falco and falcosidekick send: one JSON document, an array of them, or one on each line.
/// Fields that are missing, null or of another type are left out; only a body without a rule is refused.
/// </summary>
public static class FalcoAdapter
{
    public const int MostFindings = 1000;
    private const int MostFields = 48;
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
            var (finding, error) = ParseOne(document.RootElement);
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
            var (finding, error) = ParseOne(element);
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
                var (finding, error) = ParseOne(document.RootElement);
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

    private static (Finding? Finding, string? Error) ParseOne(JsonElement alert)
    {
        if (alert.ValueKind != JsonValueKind.Object)
            return (null, $"an alert is a JSON object, not {alert.ValueKind}");
        var rule = Text.Clean(String(alert, "rule"), 256);
        if (rule.Length == 0)
            return (null, "no Falco alert: it has no \"rule\"");

        var fields = Get(alert, "output_fields") is { ValueKind: JsonValueKind.Object } given ? given : default;
        var (severity, from) = SeverityOf(String(alert, "priority"));
        var image = Field(fields, "container.image.repository");
        var tag = Field(fields, "container.image.tag");
        var aboutPod = Field(fields, "ka.target.resource") == "pods";
        return (new Finding
        {
            Rule = rule,
            Severity = severity,
            SeverityFrom = from,
            Message = Text.Clean(String(alert, "output"), 1024),
            Tags = Tags(alert),
            OccurredAt = FalcoTime.Parse(String(alert, "time")) ?? EventTime(fields),
            Target = new FindingTarget
            {
                // An audit event about a pod names it as the target of a request.
                Namespace = Text.Name(Field(fields, "k8s.ns.name") ?? (aboutPod ? Field(fields, "ka.target.namespace") : null), 63),
                Pod = Text.Name(Field(fields, "k8s.pod.name") ?? (aboutPod ? Field(fields, "ka.target.name") : null)),
                PodUid = Clip(Field(fields, "k8s.pod.uid"), 64),
                Container = Text.Name(Field(fields, "k8s.container.name") ?? Field(fields, "container.name"), 63),
                ContainerId = Clip(Field(fields, "container.full_id") ?? Field(fields, "container.id"), 128),
                Node = Text.Name(Field(fields, "k8s.node.name") ?? Field(fields, "evt.hostname")),
                Image = image is null ? null : Clip(tag is null ? image : $"{image}:{tag}", 512),
                ImageDigest = Clip(Field(fields, "container.image.digest"), 128),
            },
            Fields = Excerpt(fields),
        }, null);
    }

    /// <summary>Falco's priorities. What is missing or unknown is Medium: never the highest by accident, never lost.</summary>
    private static (Severity, string) SeverityOf(string? priority)
    {
        Severity? severity = priority?.Trim().ToLowerInvariant() switch
        {
            "debug" or "informational" or "info" => Severity.Informational,
            "notice" => Severity.Low,
            "warning" => Severity.Medium,
            "error" => Severity.High,
            "critical" or "alert" or "emergency" => Severity.Critical,
            _ => null,
        };
        return severity is { } known ? (known, $"Falco priority {Text.Clean(priority, 32)}")
            : string.IsNullOrWhiteSpace(priority) ? (Severity.Medium, "no priority was given")
            : (Severity.Medium, $"unknown priority {Text.Clean(priority, 32)}");
    }

    private static DateTimeOffset? EventTime(JsonElement fields) =>
        Get(fields, "evt.time") is { ValueKind: JsonValueKind.Number } number && number.TryGetDecimal(out var epoch) ? FalcoTime.FromEpoch(epoch) : null;

    private static List<string> Tags(JsonElement alert) =>
        Get(alert, "tags") is { ValueKind: JsonValueKind.Array } tags
            ? [.. tags.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(t => Text.Clean(Decoded(t), 128)).Where(t => t.Length > 0).Take(64)]
            : [];

    private static Dictionary<string, string> Excerpt(JsonElement fields)
    {
        var excerpt = new Dictionary<string, string>();
        if (fields.ValueKind != JsonValueKind.Object)
            return excerpt;
        foreach (var field in fields.EnumerateObject())
        {
            if (excerpt.Count == MostFields)
                break;
            var value = Text.Clean(Scalar(field.Value), 512);
            if (value.Length > 0 && NameOf(field) is { Length: > 0 } name)
                excerpt[name] = value;
        }
        return excerpt;
    }

    private static string NameOf(JsonProperty property)
    {
        try
        {
            return Text.Clean(property.Name, 128);
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    /// <summary>Names differ in case between senders: "Rule" for "rule".</summary>
    private static JsonElement? Get(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object)
            return null;
        if (parent.TryGetProperty(name, out var exact))
            return exact;
        foreach (var property in parent.EnumerateObject())
        {
            if (NameOf(property).Equals(name, StringComparison.OrdinalIgnoreCase))
                return property.Value;
        }
        return null;
    }

    private static string? String(JsonElement parent, string name) =>
        Get(parent, name) is { ValueKind: JsonValueKind.String } value ? Decoded(value) : null;

    private static string? Field(JsonElement fields, string name) =>
        Get(fields, name) is { ValueKind: JsonValueKind.String } value && Decoded(value) is { Length: > 0 } text && text is not "<NA>" ? text : null;

    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Decoded(value),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    /// <summary>A JSON string may escape half of a surrogate pair, which is no text.</summary>
    private static string? Decoded(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Clip(string? text, int longest) => Text.Clean(text, longest) is { Length: > 0 } clean ? clean : null;
}
