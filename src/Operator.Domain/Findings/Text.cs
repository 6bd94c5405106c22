using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Operator.Domain.Findings;

/// <summary>What a sender writes is data: nothing in it may steer a terminal, break a log line or fill a disk.</summary>
public static class Text
{
    /// <summary>Without control characters, format characters and lone surrogates; whitespace becomes a space; cut at a length.</summary>
    public static string Clean(string? text, int longest)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var clean = new StringBuilder(Math.Min(text.Length, longest));
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var whole = Rune.DecodeFromUtf16(rest, out var rune, out var units) == System.Buffers.OperationStatus.Done;
            var written = rest[..units];
            rest = rest[units..];
            var category = Rune.GetUnicodeCategory(rune);
            if (rune.Value is '\n' or '\r' or '\t')
                clean.Append(' ');
            else if (category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                && whole)
                clean.Append(written);
            if (clean.Length >= longest)
                break;
        }
        return (clean.Length > longest ? clean.ToString(0, char.IsHighSurrogate(clean[longest - 1]) ? longest - 1 : longest) : clean.ToString()).Trim();
    }

    /// <summary>A name of Kubernetes, or null for anything that could not be one.</summary>
    public static string? Name(string? text, int longest = 253) =>
        text is { Length: > 0 } && text.Length <= longest
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
        && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
            ? text : null;

    /// <summary>The name of a stored finding: the same source, rule and target make the same name, so a repeat finds the first.</summary>
    public static string FindingName(string source, string rule, string target)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{source}\n{rule}\n{target}"));
        return $"{Name(source, 200) ?? "finding"}-{Convert.ToHexStringLower(hash.AsSpan(0, 10))}";
    }
}
