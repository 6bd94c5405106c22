using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Operator.Remediations;

/// <summary>Writes JSON as the block YAML that people commit. Strings that are not plain are quoted as in JSON, which YAML reads alike.</summary>
internal static partial class Yaml
{
    public static string Write(JsonObject content)
    {
        var text = new StringBuilder();
        Members(text, content, "");
        return text.ToString();
    }

    private static void Members(StringBuilder text, JsonObject members, string indent, bool afterDash = false)
    {
        foreach (var (name, value) in members)
        {
            text.Append(afterDash ? "" : indent).Append(Scalar(JsonValue.Create(name))).Append(':');
            Value(text, value, indent, isItem: false);
            afterDash = false;
        }
    }

    private static void Value(StringBuilder text, JsonNode? value, string indent, bool isItem)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } members when isItem:
                text.Append(' ');
                Members(text, members, indent, afterDash: true);
                break;
            case JsonObject { Count: > 0 } members:
                text.Append('\n');
                Members(text, members, indent + "  ");
                break;
            case JsonArray { Count: > 0 } items:
                text.Append('\n');
                foreach (var item in items)
                {
                    text.Append(indent).Append('-');
                    Value(text, item, indent + "  ", isItem: true);
                }
                break;
            default:
                text.Append(' ').Append(Scalar(value)).Append('\n');
                break;
        }
    }

    private static string Scalar(JsonNode? value) =>
        value is JsonValue text && text.TryGetValue<string>(out var plain) && Plain.IsMatch(plain) && !Reserved.IsMatch(plain) ? plain : value?.ToJsonString() ?? "null";

    /// <summary>Nothing in it means anything to YAML: no blank, no quote, no colon before a blank, no comment.</summary>
    [GeneratedRegex(@"^[A-Za-z_/][A-Za-z0-9_./@-]*(:[A-Za-z0-9_./@-]+)*$")]
    private static partial Regex Plain { get; }

    /// <summary>What YAML 1.1 takes for something other than a string.</summary>
    [GeneratedRegex(@"^(y|n|yes|no|on|off|true|false|null|\.nan|\.inf)$", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved { get; }
}
