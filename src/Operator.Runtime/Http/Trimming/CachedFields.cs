namespace Operator.Runtime;

/// <summary>
/// Which part of an object a cache keeps, and how much of it. The type names the fields; this says what else is left out. It applies to
/// lists and watches: an object that is read alone is read whole, so that a patch of it is built on all of its labels and annotations.
/// </summary>
public sealed record CachedFields
{
    /// <summary>Everything that the type names, within what an API server stores.</summary>
    public static readonly CachedFields All = new();

    /// <summary>The annotations that are kept, with the longest value of each in bytes of JSON; null keeps all. A map that held others only is empty, not absent.</summary>
    public IReadOnlyDictionary<string, int>? Annotations { get; init; }

    /// <summary>Annotations whose names begin so are kept as well, as long as there is room in <see cref="LargestPart"/>.</summary>
    public string? AnnotationPrefix { get; init; }

    /// <summary>Labels that are kept however many others there are, with the longest value of each in bytes of JSON.</summary>
    public IReadOnlyDictionary<string, int> Labels { get; init; } = new Dictionary<string, int>();

    /// <summary>Fields that the type names and the cache does not keep, as dotted paths such as <c>spec.message</c>.</summary>
    public IReadOnlyCollection<string> Without { get; init; } = [];

    /// <summary>Answers to writes are trimmed as well: for a kind whose writers need no more of an answer than that it was taken.</summary>
    public bool TrimsAnswers { get; init; }

    /// <summary>Longest string in bytes of JSON. A longer one is cut and marks the object as truncated; a longer <c>message</c> is only cut.</summary>
    public int LongestString { get; init; } = 4 << 20;

    /// <summary>Most bytes of JSON that one list or map may take, with all that is in it. An entry that does not fit is left out and marks the object as truncated.</summary>
    public int LargestPart { get; init; } = 4 << 20;
}
