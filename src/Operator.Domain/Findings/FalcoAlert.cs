using System.Text.Json;

namespace Operator.Domain.Findings;

/// <summary>Reads one alert of Falco.</summary>
internal static class FalcoAlert
{
    private const int MostFields = 48;
    private static readonly HashSet<string> Unknown = new(StringComparer.OrdinalIgnoreCase) { "<NA>", "N/A", "NA", "null", "<nil>", "nil", "none", "<none>", "unknown", "-" };

    public static (Finding? Finding, string? Error) Read(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return (null, $"an alert is a JSON object, not {element.ValueKind}");
        var alert = new JsonMembers(element);
        var rule = Text.Clean(alert.String("rule"), 256);
        if (rule.Length == 0)
            return (null, "no Falco alert: it has no \"rule\"");

        var fields = new JsonMembers(alert.Get("output_fields"));
        var (severity, from) = SeverityOf(alert.String("priority"));
        var image = Field(fields, "container.image.repository");
        var tag = Field(fields, "container.image.tag");
        var resource = Field(fields, "ka.target.resource");
        var aboutPod = resource == "pods";
        // An audit event of a creation names the object in the response alone: the name that was asked for may be a prefix.
        var created = resource is null or "pods" ? Field(fields, "ka.resp.name") : null;
        return (new Finding
        {
            Rule = rule,
            Severity = severity,
            SeverityFrom = from,
            Message = Text.Clean(alert.String("output"), 1024),
            Tags = Tags(alert),
            OccurredAt = TimeOf(alert.Get("time")) ?? TimeOf(fields.Get("evt.time")),
            Target = new FindingTarget
            {
                // An audit event about a pod names it as the target of a request.
                Namespace = Text.Name(Field(fields, "k8s.ns.name") ?? Field(fields, "k8smeta.ns.name") ?? (aboutPod || created is not null ? Field(fields, "ka.target.namespace") : null), 63),
                Pod = Text.Name(Field(fields, "k8s.pod.name") ?? Field(fields, "k8smeta.pod.name") ?? (aboutPod ? Field(fields, "ka.target.name") : null) ?? created),
                PodUid = Clip(Field(fields, "k8s.pod.uid") ?? Field(fields, "k8smeta.pod.uid") ?? Field(fields, "k8s.pod.id"), 64),
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

    /// <summary>A number is an epoch, also where it is sent as text.</summary>
    private static DateTimeOffset? TimeOf(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Number } number => number.TryGetDecimal(out var epoch) ? FalcoTime.FromEpoch(epoch) : null,
        { ValueKind: JsonValueKind.String } text => FalcoTime.Parse(JsonMembers.Decoded(text)),
        _ => null,
    };

    private static List<string> Tags(JsonMembers alert) =>
        alert.Get("tags") is { ValueKind: JsonValueKind.Array } tags
            ? [.. tags.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(t => Text.Clean(JsonMembers.Decoded(t), 128)).Where(t => t.Length > 0).Take(64)]
            : [];

    private static Dictionary<string, string> Excerpt(JsonMembers fields)
    {
        var excerpt = new Dictionary<string, string>();
        foreach (var (name, value) in fields.All)
        {
            if (excerpt.Count == MostFields)
                break;
            if (Clip(name, 128) is { } key && Clip(JsonMembers.Scalar(value), 512) is { } text)
                excerpt[key] = text;
        }
        return excerpt;
    }

    /// <summary>Senders write in several ways that they do not know a value. None of them is a value.</summary>
    private static string? Field(JsonMembers fields, string name) =>
        fields.String(name)?.Trim() is { Length: > 0 } text && !Unknown.Contains(text) ? text : null;

    private static string? Clip(string? text, int longest) => Text.Clean(text, longest) is { Length: > 0 } clean ? clean : null;
}
