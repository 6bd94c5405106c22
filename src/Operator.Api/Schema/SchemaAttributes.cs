namespace Operator.Api.Schema;

/// <summary>The resource names of a kind, as they stand in its CustomResourceDefinition.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ResourceAttribute(string plural, string shortName) : Attribute
{
    /// <summary>The lower-case plural of URLs.</summary>
    public string Plural { get; } = plural;

    /// <summary>What people type.</summary>
    public string ShortName { get; } = shortName;

    /// <summary>Whether objects of this kind live in a namespace.</summary>
    public bool Namespaced { get; init; } = true;
}

/// <summary>A column of `kubectl get`.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(string name, string type, string jsonPath) : Attribute
{
    /// <summary>The column's heading.</summary>
    public string Name { get; } = name;

    /// <summary>OpenAPI type: string, integer, date.</summary>
    public string Type { get; } = type;

    /// <summary>Where the value stands.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>0 is always shown, 1 with `-o wide`.</summary>
    public int Priority { get; init; }
}

/// <summary>A string field that field selectors may use. An API server older than 1.31 does not offer it (KEP-4358).</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class SelectableFieldAttribute(string jsonPath) : Attribute
{
    /// <summary>The path of the field, with a leading dot.</summary>
    public string JsonPath { get; } = jsonPath;
}

/// <summary>A CEL rule that the API server checks, with what to tell the user.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, AllowMultiple = true)]
public sealed class RuleAttribute(string expression, string message) : Attribute
{
    /// <summary>The CEL expression.</summary>
    public string Expression { get; } = expression;

    /// <summary>What the user should do.</summary>
    public string Message { get; } = message;
}

/// <summary>Bounds of a string, list or map, and the pattern of a string. On a list or map of strings the pattern is its items'.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BoundsAttribute : Attribute
{
    /// <summary>Longest string where nothing else is said.</summary>
    public const int LongestString = 4096;

    /// <summary>Shortest string, or fewest items or entries.</summary>
    public int Least { get; init; } = -1;

    /// <summary>Longest string, or most items or entries.</summary>
    public int Most { get; init; } = -1;

    /// <summary>RE2 pattern of the string, or of each item.</summary>
    public string? Pattern { get; init; }

    /// <summary>Longest string among the items or values.</summary>
    public int MostItemLength { get; init; } = -1;

    /// <summary>Longest key of a map. A schema cannot say it, so a CEL rule does.</summary>
    public int MostKeyLength { get; init; } = -1;

    /// <summary>Most characters of all keys and values of a map of strings together.</summary>
    public int MostTotalLength { get; init; } = -1;
}

/// <summary>Smallest and largest number.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberAttribute(long minimum, long maximum) : Attribute
{
    /// <summary>Smallest value.</summary>
    public long Minimum { get; } = minimum;

    /// <summary>Largest value.</summary>
    public long Maximum { get; } = maximum;
}

/// <summary>Shortest and longest duration, both allowed.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LastsAttribute(string atLeast, string atMost) : Attribute
{
    /// <summary>Shortest duration, such as 1s.</summary>
    public string AtLeast { get; } = atLeast;

    /// <summary>Longest duration, such as 24h.</summary>
    public string AtMost { get; } = atMost;
}

/// <summary>A list whose items are known by these keys; without keys, a set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(params string[] keys) : Attribute
{
    /// <summary>The fields that make an item unique.</summary>
    public string[] Keys { get; } = keys;
}
