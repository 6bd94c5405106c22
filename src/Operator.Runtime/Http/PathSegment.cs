namespace Operator.Runtime;

/// <summary>
/// One segment of a request's path. Names come from annotations and findings, which anybody writes: an empty one, <c>.</c> and <c>..</c>
/// name another resource, and no object has a name with <c>/</c> or <c>%</c>.
/// </summary>
internal static class PathSegment
{
    public static bool IsValid(string? text) => !string.IsNullOrEmpty(text) && text is not ("." or "..") && text.AsSpan().IndexOfAny('/', '%') < 0;

    /// <exception cref="ArgumentException">It is no segment.</exception>
    public static string Escaped(string text) => IsValid(text) ? Uri.EscapeDataString(text) : throw new ArgumentException($"\"{text}\" is no segment of a path", nameof(text));
}
