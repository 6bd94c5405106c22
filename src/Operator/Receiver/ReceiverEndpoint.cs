using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Connections;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Findings;
using Operator.Findings;
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
/// POST /v1/findings/{source}. 403 without TLS where there is a certificate, 401 before anything is read, 413 over the cap, 408 for a body that does not
/// arrive in time, 400 where nothing can be read, 503 with Retry-After when busy (senders retry 5xx, not 429), 202 once every finding is stored that could
/// be read. The answer has an entry for each alert, in their order, also where the rest was not taken.
/// </summary>
internal sealed partial class ReceiverEndpoint(
    ClusterCache cache,
    SourceAuthentication authentication,
    SourceRateLimits limits,
    SourceShares shares,
    BatchProgress progress,
    OperatorOptions options,
    SourceActivity activity,
    FindingInbox inbox,
    OperatorMetrics metrics,
    TimeProvider time,
    ILogger<ReceiverEndpoint> logger)
{
    /// <summary>What an entry of the answer holds in memory, about.</summary>
    private const int BytesOfAnEntry = 256;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

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
        using var share = shares.Enter(name);
        if (share is null)
        {
            // What is left of its body is read by nobody.
            context.Response.Headers.Connection = "close";
            await BusyAsync(context, name, "the source has too many requests at once", []);
            return;
        }
        using var work = context.Features.Get<ConnectionShares.Held>()?.Work();
        AlertReader reader = new(context.Request, share, time);
        try
        {
            if (cache.HasSynced && limits.Allows(source))
            {
                await ReceiveAsync(context, source, share, reader);
                return;
            }
            // The server itself would read the body as fast as it comes.
            await reader.DiscardAsync(context.RequestAborted);
            await BusyAsync(context, name, cache.HasSynced ? TooFast : "the caches are not filled yet", []);
        }
        catch (Exception failure) when (failure is ConnectionResetException || (failure is OperationCanceledException && context.RequestAborted.IsCancellationRequested))
        {
            // The sender has gone: an answer has no reader, and who goes as often as that must not fill the log.
            context.Abort();
        }
    }

    /// <summary>A name that anybody may make up is no label of a metric.</summary>
    private string LabelOf(string name) => cache.FindingSources.Store.Get(new("", name)) is null ? "" : name;

    private async Task ReceiveAsync(HttpContext context, FindingSource source, SourceShares.Share share, AlertReader reader)
    {
        List<StoredFinding> answers = [];
        List<AcceptedAlert> accepted = [];
        var cut = await TakeAsync(source, reader, share, answers, accepted, context.RequestAborted) ?? reader.Cut;
        // A sender that is cut off while it writes would not read why.
        await reader.DiscardAsync(context.RequestAborted);

        var name = source.Metadata.Name;
        activity.Accepted(name, accepted.Count);
        if (cut is { Status: StatusCodes.Status503ServiceUnavailable })
        {
            progress.Remember(name, accepted);
            await BusyAsync(context, name, cut.Message, answers, cut.Reason);
        }
        else if (cut is not null)
        {
            Reject(name, cut.Reason, cut.Message);
            await AnswerAsync(context, cut.Status, new(cut.Message, null, answers.Count == 0 ? null : answers));
        }
        else if (answers.Count == 0)
        {
            Reject(name, "Unreadable", reader.WhyNone);
            await AnswerAsync(context, StatusCodes.Status400BadRequest, new(reader.WhyNone, null, null));
        }
        else if (accepted.Count == 0)
        {
            var unreadable = answers[0].Line is not null;
            await AnswerAsync(context, unreadable ? StatusCodes.Status400BadRequest : StatusCodes.Status403Forbidden, new(answers[0].Reason, answers[0].Line, answers));
        }
        else
        {
            await AnswerAsync(context, StatusCodes.Status202Accepted, new(null, null, answers));
        }
    }

    /// <summary>Stores alert by alert. Null at the end of the body, or where the reader says why it went no further; else why it stopped.</summary>
    private async Task<BodyCut?> TakeAsync(
        FindingSource source, AlertReader reader, SourceShares.Share share, List<StoredFinding> answers, List<AcceptedAlert> accepted, CancellationToken aborted)
    {
        var name = source.Metadata.Name;
        // The request has been paid for as one finding.
        var paid = true;
        BodyCut? full = null;
        while (await reader.NextAsync(aborted) is { } alert)
        {
            if (answers.Count == FalcoAdapter.MostFindings)
                return new(StatusCodes.Status413PayloadTooLarge, "TooLarge", FalcoAdapter.TooMany);
            if (!share.TryHold((answers.Count + 1L) * BytesOfAnEntry))
                return Busy("the source has too many findings under way at once");
            if (progress.Redeem(name, alert.Hash) is { } before)
            {
                answers.Add(new(before.Finding, "Repeated", null, null));
                accepted.Add(before);
                continue;
            }
            if (!paid && !limits.Allows(source))
                return Busy(TooFast);
            paid = false;
            if (alert.Finding is not { } finding)
            {
                var error = reader.IsArray ? $"alert {answers.Count + 1}: {alert.Error}" : alert.Error!;
                Reject(name, "Unreadable", error);
                answers.Add(new(null, "Rejected", error, null) { Line = alert.Line });
                continue;
            }
            try
            {
                using var turn = await share.TurnAsync(reader.IsBatch, aborted);
                var begun = time.GetTimestamp();
                var answer = await inbox.StoreAsync(source, finding, aborted);
                answers.Add(answer);
                metrics.Received(name, SourceScope.Of(source).Limit((FindingSeverity)finding.Severity), answer.Outcome);
                if (answer.Outcome == "Rejected")
                    Reject(name, "NotAllowed", answer.Reason!);
                else if (answer.Outcome == FindingInbox.Capped)
                    full = new(StatusCodes.Status503ServiceUnavailable, FindingInbox.Capped, answer.Reason!);
                else
                    accepted.Add(new(alert.Hash, answer.Name!, time.GetUtcNow()));
                if (reader.IsBatch)
                    await share.YieldAsync(time.GetElapsedTime(begun), aborted);
            }
            catch (ApiUnavailableException failure)
            {
                NotStored(name, failure.Message);
                return Busy("the findings could not be stored; send them again");
            }
        }
        return full;
    }

    private const string TooFast = "the source sends faster than its rateLimit";

    private static BodyCut Busy(string why) => new(StatusCodes.Status503ServiceUnavailable, "Busy", why);

    private Task BusyAsync(HttpContext context, string source, string why, List<StoredFinding> answers, string reason = "Busy")
    {
        if (reason == "Busy")
            metrics.Rejected(source, reason);
        else
            Reject(source, reason, why);
        context.Response.Headers.RetryAfter = ((int)RetryAfter.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, new(why, null, answers.Count == 0 ? null : answers));
    }

    private void Reject(string source, string reason, string message)
    {
        activity.Rejected(source, reason, message);
        metrics.Rejected(source, reason);
    }

    private async Task AnswerAsync(HttpContext context, int status, ReceiverAnswer answer)
    {
        using var late = AnswerDeadline.Begin(context, AnswerDeadline.OfAnAnswer, time);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, ReceiverJson.Default.ReceiverAnswer, context.RequestAborted);
    }

    [LoggerMessage(LogLevel.Error, "findings of {source} were not stored: {why}")]
    private partial void NotStored(string source, string why);
}
