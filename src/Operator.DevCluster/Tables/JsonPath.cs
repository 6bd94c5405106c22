using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tables;

/// <summary>
/// The simple JSON paths that printer columns use: members, <c>['quoted members']</c>, <c>[0]</c>, <c>[*]</c> and
/// <c>[?(@.type=="Ready")]</c>.
/// </summary>
internal sealed class JsonPath
{
    private readonly List<Func<JsonNode, IEnumerable<JsonNode?>>> steps = [];

    private JsonPath()
    {
    }

    /// <summary>The first match, or null.</summary>
    public JsonNode? First(JsonNode root) => Matches(root).FirstOrDefault();

    public static JsonPath Parse(string text)
    {
        JsonPath path = new();
        int at = 0;
        while (at < text.Length)
        {
            if (text[at] == '[')
            {
                int close = Close(text, at);
                path.steps.Add(Bracket(text[(at + 1)..close]));
                at = close + 1;
                continue;
            }
            if (text[at] == '.')
                at++;
            string name = Member(text, ref at);
            if (name.Length > 0)
                path.steps.Add(node => node is JsonObject json ? [json[name]] : []);
        }
        return path;
    }

    private IEnumerable<JsonNode> Matches(JsonNode root)
    {
        IEnumerable<JsonNode> nodes = [root];
        foreach (var step in steps)
            nodes = nodes.SelectMany(step).OfType<JsonNode>();
        return nodes;
    }

    /// <summary>A member name; a backslash escapes a dot in it.</summary>
    private static string Member(string text, ref int at)
    {
        StringBuilder name = new();
        for (; at < text.Length && text[at] is not ('.' or '['); at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            name.Append(text[at]);
        }
        return name.ToString();
    }

    private static int Close(string text, int open)
    {
        char quote = '\0';
        for (int i = open + 1; i < text.Length; i++)
        {
            if (quote != '\0')
                quote = text[i] == quote ? '\0' : quote;
            else if (text[i] is '"' or '\'')
                quote = text[i];
            else if (text[i] == ']')
                return i;
        }
        throw new FormatException($"'{text}' has no ] for its [");
    }

    private static Func<JsonNode, IEnumerable<JsonNode?>> Bracket(string inner)
    {
        if (inner == "*")
            return node => node switch { JsonArray list => list, JsonObject map => map.Select(m => m.Value), _ => [] };
        if (int.TryParse(inner, CultureInfo.InvariantCulture, out int index))
            return node => node is JsonArray list && (index < 0 ? list.Count + index : index) is var i && i >= 0 && i < list.Count ? [list[i]] : [];
        if (inner.StartsWith("?(", StringComparison.Ordinal) && inner.EndsWith(')'))
            return Filter(inner[2..^1]);
        string name = inner.Trim('\'', '"');
        return node => node is JsonObject json ? [json[name]] : [];
    }

    private static Func<JsonNode, IEnumerable<JsonNode?>> Filter(string condition)
    {
        string[] sides = condition.Split("==", 2, StringSplitOptions.TrimEntries);
        var path = Parse(sides[0].TrimStart('@'));
        string? wanted = sides.Length == 2 ? sides[1].Trim('\'', '"') : null;
        return node => node is JsonArray list
            ? list.Where(item => item is not null && path.First(item) is { } found && (wanted is null || found.ToString() == wanted))
            : [];
    }
}
