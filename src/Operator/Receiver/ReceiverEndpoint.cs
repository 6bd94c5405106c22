using System.Text.Json;
using System.Text.Json.Serialization;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Findings;
using Operator.Runtime;
using Operator.Sources;
using Operator.Telemetry;

namespace Operator.Receiver;

/// <summary>What a sender is told.</summary>
internal sealed record ReceiverAnswer(string? Error, int? Line, IReadOnlyList<StoredFinding>? Findings);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReceiverAnswer))]
internal sealed partial class ReceiverJson : JsonSerializerContext;

/// <summary>
/// POST /v1/findings/{source}. 403 without TLS where there is a certificate, 401 before anything is read, 413 over the cap, 400 for what cannot be read,
/// 503 with Retry-After when busy (senders retry 5xx, not 429), 202 once every finding is stored.
/// </summary>
internal sealed partial class ReceiverEndpoint(
    ClusterCache cache,
    SourceAuthentication authentication,
    SourceRateLimits limits,
    OperatorOptions options,
    SourceActivity activity,
    FindingInbox inbox,
    OperatorMetrics metrics,
    ILogger<ReceiverEndpoint> logger)
{
    public const int MaximumBytes = 4 * 1024 * 1024;

    /// <summary>A body above this breaks the connection.</summary>
    public const int MostBytesRead = 32 * 1024 * 1024;
    private const int MaximumInFlight = 256;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    private int inFlight;

    public async Task HandleAsync(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["source"]!;
        if (options.TlsCertificates is not null && !context.Request.IsHttps)
        {
            metrics.Rejected(LabelOf(name), "NotEncrypted");
            await AnswerAsync(context, StatusCodes.Status403Forbidden, new("findings are taken with TLS only", null, null));
            return;
        }
        var (source, refusal) = authentication.Authenticate(name, context.Request.Headers.Authorization);
        if (source is null)
        {
            metrics.Rejected(LabelOf(name), "Unauthenticated");
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await AnswerAsync(context, StatusCodes.Status401Unauthorized, new(refusal, null, null));
            return;
        }

        activity.Heard(name);
        if (!cache.HasSynced || !limits.Allows(source))
        {
            await BusyAsync(context, name, cache.HasSynced ? "the source sends faster than its rateLimit" : "the caches are not filled yet");
            return;
        }
        if (Interlocked.Increment(ref inFlight) > MaximumInFlight)
        {
            Interlocked.Decrement(ref inFlight);
            await BusyAsync(context, name, "too many requests at once");
            return;
        }
        try
        {
            await ReceiveAsync(context, source);
        }
        finally
        {
            Interlocked.Decrement(ref inFlight);
        }
    }

    /// <summary>A name that anybody may make up is no label of a metric.</summary>
    private string LabelOf(string name) => cache.FindingSources.Store.Get(new("", name)) is null ? "" : name;

    private async Task ReceiveAsync(HttpContext context, FindingSource source)
    {
        var name = source.Metadata.Name;
        if (await ReadAsync(context.Request) is not { } body)
        {
            Reject(name, "TooLarge", $"over {MaximumBytes} bytes");
            await AnswerAsync(context, StatusCodes.Status413PayloadTooLarge, new($"a body of at most {MaximumBytes} bytes is accepted", null, null));
            return;
        }
        var parsed = FalcoAdapter.Parse(body);
        if (parsed is ParseResult.Refused refused)
        {
            Reject(name, "Unreadable", refused.Error);
            await AnswerAsync(context, StatusCodes.Status400BadRequest, new(refused.Error, refused.Line == 0 ? null : refused.Line, null));
            return;
        }

        var findings = ((ParseResult.Parsed)parsed).Findings;
        var answers = new List<StoredFinding>(findings.Count);
        try
        {
            foreach (var finding in findings)
                answers.Add(await inbox.StoreAsync(source, finding, context.RequestAborted));
        }
        catch (ApiUnavailableException failure)
        {
            NotStored(name, failure.Message);
            await BusyAsync(context, name, "the findings could not be stored; send them again");
            return;
        }

        foreach (var rejected in answers.Where(a => a.Outcome == "Rejected"))
            Reject(name, "NotAllowed", rejected.Reason!);
        foreach (var (answer, finding) in answers.Zip(findings))
            metrics.Received(name, Lower((FindingSeverity)finding.Severity, source.Spec.MaximumSeverity), answer.Outcome);
        activity.Accepted(name, answers.Count(a => a.Outcome != "Rejected"));
        var all = answers.All(a => a.Outcome == "Rejected");
        await AnswerAsync(
            context,
            all ? StatusCodes.Status403Forbidden : StatusCodes.Status202Accepted,
            new(all ? answers[0].Reason : null, null, answers));
    }

    /// <summary>Null for a body over the cap. The rest of it is read and thrown away, within reason, so that the sender gets to read the answer.</summary>
    private static async Task<byte[]?> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        var tooLarge = request.ContentLength > MaximumBytes;
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
            {
                tooLarge |= body.Length + read > MaximumBytes;
                if (!tooLarge)
                    body.Write(buffer, 0, read);
            }
        }
        catch (BadHttpRequestException failure) when (failure.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }
        return tooLarge ? null : body.ToArray();
    }

    private Task BusyAsync(HttpContext context, string source, string why)
    {
        metrics.Rejected(source, "Busy");
        context.Response.Headers.RetryAfter = ((int)RetryAfter.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, new(why, null, null));
    }

    private void Reject(string source, string reason, string message)
    {
        activity.Rejected(source, reason, message);
        metrics.Rejected(source, reason);
    }

    private static FindingSeverity Lower(FindingSeverity said, FindingSeverity allowed) => said < allowed ? said : allowed;

    private static Task AnswerAsync(HttpContext context, int status, ReceiverAnswer answer)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, answer, ReceiverJson.Default.ReceiverAnswer, context.RequestAborted);
    }

    [LoggerMessage(LogLevel.Error, "findings of {source} were not stored: {why}")]
    private partial void NotStored(string source, string why);
}
