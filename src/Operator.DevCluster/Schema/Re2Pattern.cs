using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Operator.DevCluster.Schema;

/// <summary>
/// A regular expression in the syntax of RE2, run in linear time as RE2 does. What .NET reads differently is rewritten:
/// <c>$</c> is the end of the text only, and the classes of <c>\d \w \s</c> are ASCII.
/// </summary>
internal sealed class Re2Pattern
{
    private readonly Regex? regex;

    private Re2Pattern(string text, Regex? regex, string? error) => (Text, this.regex, Error) = (text, regex, error);

    /// <summary>As it stands in the schema.</summary>
    public string Text { get; }

    /// <summary>Why it cannot be used; null if it can.</summary>
    public string? Error { get; }

    public bool Matches(string value) => regex?.IsMatch(value) ?? false;

    public static Re2Pattern Parse(string text)
    {
        if (text.Contains("[:", StringComparison.Ordinal) || text.Contains("(?m", StringComparison.Ordinal) || text.Contains(@"\Q", StringComparison.Ordinal))
            return new(text, null, @"[:classes:], (?m) and \Q are not read by this server");
        try
        {
            return new(text, new(Rewrite(text), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), null);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return new(text, null, e.Message);
        }
    }

    private static string Rewrite(string text)
    {
        StringBuilder rewritten = new();
        bool inClass = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                rewritten.Append(Escape(text[++i], inClass));
                continue;
            }
            if (text[i] == '[' && !inClass)
                inClass = true;
            else if (text[i] == ']' && inClass && text[i - 1] is not '[' && !(text[i - 1] == '^' && text[i - 2] == '['))
                inClass = false;
            if (text[i] == '$' && !inClass)
                rewritten.Append(@"\z");
            else if (text[i..].StartsWith("(?P<", StringComparison.Ordinal))
                (i, _) = (i + 2, rewritten.Append("(?"));
            else
                rewritten.Append(text[i]);
        }
        return rewritten.ToString();
    }

    private static string Escape(char escaped, bool inClass) => (escaped, inClass) switch
    {
        ('d', true) => "0-9",
        ('d', false) => "[0-9]",
        ('D', false) => "[^0-9]",
        ('w', true) => "0-9A-Za-z_",
        ('w', false) => "[0-9A-Za-z_]",
        ('W', false) => "[^0-9A-Za-z_]",
        ('s', true) => @"\t\n\f\r ",
        ('s', false) => @"[\t\n\f\r ]",
        ('S', false) => @"[^\t\n\f\r ]",
        _ => string.Create(CultureInfo.InvariantCulture, $@"\{escaped}"),
    };
}
