using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Selectors;

/// <summary>Which labels an object must have.</summary>
public sealed class LabelSelector(IReadOnlyList<LabelSelector.Requirement> requirements)
{
    public static LabelSelector Everything { get; } = new([]);

    public bool MatchesEverything => requirements.Count == 0;

    public bool Matches(JsonObject? labels)
    {
        foreach (var requirement in requirements)
        {
            if (!requirement.Matches(labels?[requirement.Key]?.GetValue<string>()))
                return false;
        }
        return true;
    }

    public bool Matches(IDictionary<string, string>? labels)
    {
        foreach (var requirement in requirements)
        {
            if (!requirement.Matches(labels is not null && labels.TryGetValue(requirement.Key, out string? value) ? value : null))
                return false;
        }
        return true;
    }

    /// <summary>The query form, as kubectl shows it.</summary>
    public override string ToString() => MatchesEverything ? "<none>" : string.Join(',', requirements);

    /// <summary>The JSON form: <c>matchLabels</c> and <c>matchExpressions</c>.</summary>
    public static LabelSelector FromJson(JsonObject selector) =>
        new([
            .. (selector["matchLabels"] as JsonObject ?? []).Select(l => new Requirement(l.Key, Operator.In, [l.Value?.ToString() ?? ""])),
            .. selector.Items("matchExpressions").Select(e => new Requirement(
                e.Text("key") ?? "",
                Enum.TryParse(e.Text("operator"), out Operator op) ? op : Operator.In,
                e["values"] is JsonArray values ? [.. values.Select(v => v?.ToString() ?? "")] : [])),
        ]);

    /// <summary>The query form: <c>app=cart,tier in (a, b),!legacy</c>.</summary>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Everything;
        return new([.. Split(text).Select(ParseTerm)]);
    }

    /// <summary>Cuts at the commas that are not within parentheses.</summary>
    private static IEnumerable<string> Split(string text)
    {
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] != ',' || depth > 0)
                continue;
            yield return text[start..i].Trim();
            start = i + 1;
        }
        yield return text[start..].Trim();
    }

    private static Requirement ParseTerm(string term)
    {
        if (term.StartsWith('!'))
            return new(Key(term[1..], term), Operator.DoesNotExist, []);
        foreach (var (symbol, op) in ((string, Operator)[])[("!=", Operator.NotIn), ("==", Operator.In), ("=", Operator.In)])
        {
            if (term.IndexOf(symbol, StringComparison.Ordinal) is > 0 and var at)
                return new(Key(term[..at], term), op, [Value(term[(at + symbol.Length)..], term)]);
        }
        if (term.EndsWith(')') && term.IndexOf('(', StringComparison.Ordinal) is > 0 and var open)
        {
            string[] values = [.. term[(open + 1)..^1].Split(',').Select(v => Value(v, term))];
            string head = term[..open].TrimEnd();
            if (head.EndsWith(" notin", StringComparison.Ordinal))
                return new(Key(head[..^6], term), Operator.NotIn, values);
            if (head.EndsWith(" in", StringComparison.Ordinal))
                return new(Key(head[..^3], term), Operator.In, values);
        }
        return new(Key(term, term), Operator.Exists, []);
    }

    private static string Key(string text, string term)
    {
        string key = text.Trim();
        return key.Length > 0 && key.All(c => IsPlain(c) || c == '/') ? key : throw Unparsable(term);
    }

    private static string Value(string text, string term)
    {
        string value = text.Trim();
        return value.All(IsPlain) ? value : throw Unparsable(term);
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';

    private static StatusException Unparsable(string term) => new(ApiStatus.BadRequest($"unable to parse requirement: \"{term}\""));

    public enum Operator { In, NotIn, Exists, DoesNotExist }

    public sealed record Requirement(string Key, Operator Operator, IReadOnlyList<string> Values)
    {
        /// <param name="value">The value of that label; null if there is none.</param>
        public bool Matches(string? value) => Operator switch
        {
            Operator.In => value is not null && Values.Contains(value),
            Operator.NotIn => value is null || !Values.Contains(value),
            Operator.Exists => value is not null,
            Operator.DoesNotExist => value is null,
            _ => throw new System.Diagnostics.UnreachableException(),
        };

        public override string ToString() => Operator switch
        {
            Operator.In when Values is [var only] => $"{Key}={only}",
            Operator.In => $"{Key} in ({string.Join(',', Values)})",
            Operator.NotIn => $"{Key} notin ({string.Join(',', Values)})",
            Operator.Exists => Key,
            Operator.DoesNotExist => $"!{Key}",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
