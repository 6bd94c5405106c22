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

    public ApiResult<T> ToResult<T>(HttpStatusCode code, TimeSpan? retryAfter)
    {
        var message = Message ?? $"HTTP {(int)code}";
        return code switch
        {
            HttpStatusCode.NotFound => new ApiResult<T>.NotFound(),
            HttpStatusCode.Conflict when Reason == "AlreadyExists" => new ApiResult<T>.AlreadyExists(),
            HttpStatusCode.Conflict => new ApiResult<T>.Conflict(message),
            HttpStatusCode.Gone => new ApiResult<T>.Gone(message),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity or HttpStatusCode.UnsupportedMediaType
                or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.MethodNotAllowed => new ApiResult<T>.Invalid(message),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new ApiResult<T>.Forbidden(message),
            HttpStatusCode.TooManyRequests => new ApiResult<T>.Throttled(
                retryAfter ?? (Details?.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromSeconds(1)),
                Details?.Causes?.Any(c => c.Reason == "DisruptionBudget") is true,
                message),
            _ => throw new ApiUnavailableException($"HTTP {(int)code}: {message}"),
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

internal sealed record BookmarkObject
{
    public BookmarkMetadata? Metadata { get; set; }
}

internal sealed record BookmarkMetadata
{
    public string? ResourceVersion { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiStatus))]
[JsonSerializable(typeof(BookmarkObject))]
internal sealed partial class RuntimeJson : JsonSerializerContext;
