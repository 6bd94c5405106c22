namespace Operator.Runtime;

/// <summary>
/// What the API server answered. These are outcomes a caller decides on; a server that could not answer
/// (5xx, network, timeout) is an <see cref="ApiUnavailableException"/>, which means: try again later.
/// </summary>
public abstract record ApiResult<T>
{
    private ApiResult()
    {
    }

    public sealed record Ok(T Value) : ApiResult<T>;

    public sealed record NotFound : ApiResult<T>;

    public sealed record AlreadyExists : ApiResult<T>;

    /// <summary>A precondition or a resourceVersion did not hold; look again and decide anew.</summary>
    public sealed record Conflict(string Message) : ApiResult<T>;

    /// <summary>410: the resourceVersion or the continue token is too old.</summary>
    public sealed record Gone(string Message) : ApiResult<T>;

    /// <summary>400, 413, 415 or 422: this request will never be accepted as it is. A failed `test` of a JSON Patch is one too.</summary>
    public sealed record Invalid(string Message) : ApiResult<T>;

    /// <summary>401 or 403: not allowed, by RBAC, admission or quota; the message says which.</summary>
    public sealed record Forbidden(string Message) : ApiResult<T>;

    /// <summary>429. A disruption budget's has the cause DisruptionBudget and often no Retry-After.</summary>
    public sealed record Throttled(TimeSpan RetryAfter, bool DisruptionBudget, string Message) : ApiResult<T>;

    /// <summary>The value, or an exception that makes the controller try again with backoff.</summary>
    public T Required() => this is Ok { Value: var value } ? value : throw new ApiUnavailableException($"the API server answered {this}") { RetryAfter = (this as Throttled)?.RetryAfter };
}

/// <summary>The API server did not answer, or not with anything a caller could decide on. Nothing is known of what it did.</summary>
public sealed class ApiUnavailableException : Exception
{
    public ApiUnavailableException(string message)
        : base(message)
    {
    }

    public ApiUnavailableException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    /// <summary>Not before this time has passed, if the server said so.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
