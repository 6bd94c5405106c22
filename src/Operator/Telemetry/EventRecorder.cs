using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using k8s.Models;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Telemetry;

/// <summary>
/// Sends Events in the background: they inform, so they never delay or fail a recovery.
/// An Event's name follows from what it says, so saying it again after a crash makes no second one.
/// </summary>
internal sealed partial class EventRecorder(ResourceApi<ClusterEvent> events, TimeProvider time, ILogger<EventRecorder> logger) : BackgroundService
{
    private const int Capacity = 4096;
    private const int MaximumMessage = 1024;

    /// <summary>An Event's name has at most 253 characters, with the chapter and the fingerprint.</summary>
    private const int LongestName = 230;

    private readonly Channel<ClusterEvent> pending =
        Channel.CreateBounded<ClusterEvent>(new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <param name="subject">What it is about.</param>
    /// <param name="reason">In one word.</param>
    /// <param name="message">For people.</param>
    /// <param name="chapter">Where in the story it comes.</param>
    public void Normal(EventSubject subject, string reason, string message, EventChapter chapter = EventChapter.None) => Record(subject, "Normal", reason, message, chapter);

    /// <inheritdoc cref="Normal"/>
    public void Warning(EventSubject subject, string reason, string message, EventChapter chapter = EventChapter.None) => Record(subject, "Warning", reason, message, chapter);

    private void Record(EventSubject subject, string type, string reason, string message, EventChapter chapter)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var clipped = message.Length > MaximumMessage ? message[..(MaximumMessage - 1)] + "…" : message;
        pending.Writer.TryWrite(new ClusterEvent
        {
            Metadata = new V1ObjectMeta
            {
                // Events about cluster-scoped objects live in the default namespace, as Kubernetes' own do.
                NamespaceProperty = subject.Namespace is { Length: > 0 } ns ? ns : "default",
                Name = $"{(subject.Name.Length <= LongestName ? subject.Name : subject.Name[..LongestName].TrimEnd('-', '.'))}.{(int)chapter}{Fingerprint($"{subject.Uid}\n{reason}\n{clipped}")}",
            },
            InvolvedObject = subject,
            Type = type,
            Reason = reason,
            Message = clipped,
            FirstTimestamp = now,
            LastTimestamp = now,
        });
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var next in pending.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                if (await events.CreateAsync(next, stoppingToken) is not (ApiResult<ClusterEvent>.Ok or ApiResult<ClusterEvent>.AlreadyExists) and var refused)
                    EventRefused(next.Reason, next.InvolvedObject.Name, refused.ToString());
            }
            catch (ApiUnavailableException unavailable)
            {
                EventRefused(next.Reason, next.InvolvedObject.Name, unavailable.Message);
            }
        }
    }

    private static string Fingerprint(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    [LoggerMessage(LogLevel.Warning, "Event {reason} for {name} was not stored: {answer}")]
    private partial void EventRefused(string reason, string name, string answer);
}
