namespace Operator.Domain.Findings;

/// <summary>One finding, whatever sent it: cleaned, clipped and with its severity said to be derived from something.</summary>
public sealed record Finding
{
    public required string Rule { get; init; }
    public required Severity Severity { get; init; }

    /// <summary>What the source said and how it was read.</summary>
    public required string SeverityFrom { get; init; }

    public string Message { get; init; } = "";
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>When it happened by the source's clock; null when it did not say or said nonsense.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    public FindingTarget Target { get; init; } = new();
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();
}

/// <summary>What a source says a finding is about.</summary>
public sealed record FindingTarget
{
    public string? Namespace { get; init; }
    public string? Pod { get; init; }
    public string? PodUid { get; init; }
    public string? Container { get; init; }
    public string? ContainerId { get; init; }
    public string? Node { get; init; }
    public string? Image { get; init; }
    public string? ImageDigest { get; init; }
}

/// <summary>What became of the bytes a source sent.</summary>
public abstract record ParseResult
{
    private ParseResult()
    {
    }

    public sealed record Parsed(IReadOnlyList<Finding> Findings) : ParseResult;

    /// <param name="Error">Why.</param>
    /// <param name="Line">Counted from 1; 0 where nothing was sent.</param>
    public sealed record Refused(string Error, int Line) : ParseResult;
}
