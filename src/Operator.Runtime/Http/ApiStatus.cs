using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Operator.Runtime;

/// <summary>meta/v1 Status: how an API server words a refusal.</summary>
internal sealed record ApiStatus
{
    public int? Code { get; set; }
    public string? Reason { get; set; }
    public string? Message { get; set; }
    public StatusDetails? Details { get; set; }

    /// <summary>Proxies in front of an API server answer in plain text or HTML, so a body that is no Status is not an error.</summary>
    public static ApiStatus Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RuntimeJson.Default.ApiStatus) ?? new();
        }
        catch (JsonException)
        {
            return new();
        }
    }

    /// <summary>A wait that a server asks for is kept within what a client can do: no hot loop, no silence for a day.</summary>
    private const int LongestMessage = 4096;
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    public ApiResult<T> ToResult<T>(HttpStatusCode code, TimeSpan? retryAfter)
    {
        // It may quote what was refused, which may be a megabyte.
        var message = Message is { Length: > LongestMessage } quoting ? quoting[..LongestMessage] : Message ?? $"HTTP {(int)code}";
        if (retryAfter is null && Details?.RetryAfterSeconds is { } seconds)
            retryAfter = TimeSpan.FromSeconds(seconds);
        if (retryAfter is { } asked)
            retryAfter = asked < ShortestWait ? ShortestWait : asked > LongestWait ? LongestWait : asked;
        return code switch
        {
            // Only an API server knows that an object is gone. A proxy's 404, or that of a path not served yet, says nothing of it.
            HttpStatusCode.NotFound when Reason == "NotFound" => new ApiResult<T>.NotFound(),
            HttpStatusCode.Conflict when Reason == "AlreadyExists" => new ApiResult<T>.AlreadyExists(),
            HttpStatusCode.Conflict => new ApiResult<T>.Conflict(message),
            HttpStatusCode.Gone => new ApiResult<T>.Gone(message),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity or HttpStatusCode.UnsupportedMediaType
                or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.MethodNotAllowed => new ApiResult<T>.Invalid(message),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new ApiResult<T>.Forbidden(message),
            HttpStatusCode.TooManyRequests => new ApiResult<T>.Throttled(
                retryAfter ?? ShortestWait,
                Details?.Causes?.Any(c => c.Reason == "DisruptionBudget") is true,
                message),
            _ => throw new ApiUnavailableException($"HTTP {(int)code}: {message}") { RetryAfter = retryAfter },
        };
    }
}

internal sealed record StatusDetails
{
    public int? RetryAfterSeconds { get; set; }
    public List<StatusCause>? Causes { get; set; }
}

internal sealed record StatusCause
{
    public string? Reason { get; set; }
}

/// <summary>As much of an object as tells which one it is: all that a bookmark has.</summary>
internal sealed record BareObject
{
    public BareMetadata? Metadata { get; set; }
}

internal sealed record BareMetadata
{
    public string? Name { get; set; }
    public string? Namespace { get; set; }
    public string? ResourceVersion { get; set; }
}

/// <summary>meta/v1 ListMeta.</summary>
internal sealed record ListMetadata
{
    public string? ResourceVersion { get; set; }
    public string? Continue { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiStatus))]
[JsonSerializable(typeof(BareObject))]
[JsonSerializable(typeof(ListMetadata))]
[JsonSerializable(typeof(ServedResources))]
internal sealed partial class RuntimeJson : JsonSerializerContext;
