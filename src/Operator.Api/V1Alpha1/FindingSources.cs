using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Operator.Api.Schema;

namespace Operator.Api.V1Alpha1;

/// <summary>One registered sender of findings: what format it speaks, how it authenticates, and for what it may speak. It posts to /v1/findings/NAME.</summary>
[Rule("self.metadata.name != 'manual'", "manual is the source of findings that people create: choose another name")]
[Resource("findingsources", "fsrc", Namespaced = false)]
[PrinterColumn("Type", "string", ".spec.type")]
[PrinterColumn("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status")]
[PrinterColumn("Accepted", "integer", ".status.accepted")]
[PrinterColumn("Rejected", "integer", ".status.rejected")]
[PrinterColumn("Last heard", "date", ".status.lastHeardAt")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed record FindingSource : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = WellKnown.ApiVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = nameof(FindingSource);

    /// <inheritdoc/>
    public required V1ObjectMeta Metadata { get; set; }

    /// <summary>Who may send what.</summary>
    public required FindingSourceSpec Spec { get; set; }

    /// <summary>What was heard. Written by the operator.</summary>
    public FindingSourceStatus? Status { get; set; }
}

/// <summary>The formats that are understood.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingSourceType>))]
public enum FindingSourceType
{
    /// <summary>Falco's JSON, as falcosidekick sends it on: Falco's own http_output can send no token.</summary>
    Falco,
}

/// <summary>Who may send what.</summary>
public sealed record FindingSourceSpec
{
    /// <summary>The format.</summary>
    public required FindingSourceType Type { get; set; }

    /// <summary>How the sender proves who it is.</summary>
    public required SourceAuthentication Authentication { get; set; }

    /// <summary>The namespaces it may speak for; `*` is all of them.</summary>
    [ListMap]
    [Bounds(Least = 1, Most = 256, MostItemLength = 63, Pattern = @"^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$")]
    public required List<string> Namespaces { get; set; }

    /// <summary>The highest severity it may speak with; what is above is lowered to it.</summary>
    public FindingSeverity MaximumSeverity { get; set; } = FindingSeverity.Critical;

    /// <summary>How fast it may send.</summary>
    public SourceRateLimit RateLimit { get; set; } = new();
}

/// <summary>How a sender proves who it is.</summary>
public sealed record SourceAuthentication
{
    /// <summary>Hashes of its bearer tokens. Two may stand side by side while one is rotated.</summary>
    [JsonPropertyName("tokenSHA256")]
    [ListMap("hash")]
    [Bounds(Least = 1, Most = 8)]
    public required List<TokenHash> TokenSha256 { get; set; }
}

/// <summary>The hash of one bearer token: `printf %s "$TOKEN" | sha256sum`.</summary>
public sealed record TokenHash
{
    /// <summary>SHA-256 of the token in lower-case hexadecimal.</summary>
    [Bounds(Pattern = "^[0-9a-f]{64}$")]
    public required string Hash { get; set; }

    /// <summary>From then on it is refused. Absent: it does not expire.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }
}

/// <summary>How fast a source may send findings, of which a request may hold many. What is above is answered 503 with Retry-After.</summary>
public sealed record SourceRateLimit
{
    /// <summary>Findings per second on average. A request with none costs as much as one finding.</summary>
    [Number(1, 100_000)]
    public int PerSecond { get; set; } = 100;

    /// <summary>Findings at once. A batch of more is taken in parts: what was accepted costs nothing when the batch is sent again.</summary>
    [Number(1, 100_000)]
    public int Burst { get; set; } = 500;
}

/// <summary>What was heard of a source.</summary>
public sealed record FindingSourceStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long ObservedGeneration { get; set; }

    /// <summary>The last authenticated request.</summary>
    public DateTimeOffset? LastHeardAt { get; set; }

    /// <summary>Findings stored.</summary>
    public long Accepted { get; set; }

    /// <summary>Findings and requests refused after authentication.</summary>
    public long Rejected { get; set; }

    /// <summary>Why, by reason.</summary>
    [ListMap("reason")]
    [Bounds(Most = 16)]
    public List<Rejection> Rejections { get; set; } = [];

    /// <summary>Ready says whether it can be heard: a token that is still valid. FindingsCapped says whether it has as many stored findings as it may have; those that mean no pod are then refused.</summary>
    [ListMap("type")]
    [Bounds(Most = 8)]
    public List<StatusCondition> Conditions { get; set; } = [];
}

/// <summary>What was refused for one reason.</summary>
public sealed record Rejection
{
    /// <summary>The reason.</summary>
    public required string Reason { get; set; }

    /// <summary>How often.</summary>
    public long Count { get; set; }

    /// <summary>When last.</summary>
    public DateTimeOffset? LastAt { get; set; }

    /// <summary>What was said last.</summary>
    public string? Message { get; set; }
}
