using System.Collections.Concurrent;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Findings;
using Operator.Findings;
using Operator.Runtime;

namespace Operator.Receiver;

/// <summary>What became of one finding of a request.</summary>
internal sealed record StoredFinding(string? Name, string Outcome, string? Reason, string? Target);

/// <summary>
/// Stores findings as objects before anybody is told that they were accepted. A name follows from source, rule and target,
/// so a repeat finds the first one and is only counted.
/// </summary>
internal sealed partial class FindingInbox(ClusterCache cache, FindingTargets targets, OperatorOptions options, TimeProvider time, ILogger<FindingInbox> logger) : BackgroundService
{
    private static readonly TimeSpan FlushPeriod = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, (long Count, DateTimeOffset LastSeenAt)> repeats = new();

    /// <summary>An exception means that this finding is not stored, and nothing may be claimed of the request.</summary>
    public async Task<StoredFinding> StoreAsync(FindingSource source, Finding finding, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var found = targets.Resolve(new TargetHints
        {
            Namespace = finding.Target.Namespace,
            Pod = finding.Target.Pod,
            PodUid = finding.Target.PodUid,
            ContainerId = finding.Target.ContainerId,
            At = finding.OccurredAt ?? now,
        });
        // What a source may speak for is judged by the pod that it means, not only by the namespace that it says.
        var ns = found.Pod?.Metadata.NamespaceProperty
            ?? targets.RecoveryOf(finding.Target.PodUid, null, null)?.Spec.Target.Namespace
            ?? finding.Target.Namespace;
        if (ns is not null && !source.Spec.Namespaces.Contains("*") && !source.Spec.Namespaces.Contains(ns))
            return new(null, "Rejected", $"source {source.Metadata.Name} may not speak for namespace {ns}", ns);

        var lowered = (int)finding.Severity > (int)source.Spec.MaximumSeverity;
        var stored = ToResource(source.Metadata.Name, finding, found.Pod, now);
        if (lowered)
        {
            stored.Spec.SeverityFrom = $"{finding.SeverityFrom}, lowered from {finding.Severity}: the source may say {source.Spec.MaximumSeverity} at most";
            stored.Spec.Severity = source.Spec.MaximumSeverity;
        }
        var target = found.Pod is { } pod ? $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}" : null;
        switch (IsWorkedOn(stored.Metadata.Name) ? new ApiResult<SecurityFinding>.AlreadyExists() : await cache.SecurityFindings.Api.CreateAsync(stored, cancellation))
        {
            case ApiResult<SecurityFinding>.Ok:
                return new(stored.Metadata.Name, "Stored", target is null ? found.Message : null, target);
            case ApiResult<SecurityFinding>.AlreadyExists:
                await RepeatAsync(stored.Metadata.Name, finding.OccurredAt is { } occurred && occurred < now ? occurred : now, cancellation);
                return new(stored.Metadata.Name, "Repeated", null, target);
            case ApiResult<SecurityFinding>.Invalid invalid:
                return new(null, "Rejected", invalid.Message, target);
            case var refused:
                throw new ApiUnavailableException($"the finding was not stored: {refused}");
        }
    }

    /// <summary>It is stored and leads to something already: a detector in a loop costs no call for each of its turns.</summary>
    private bool IsWorkedOn(string name) => cache.SecurityFindings.Store.Get(new(options.Namespace, name)) is { Metadata.DeletionTimestamp: null } finding && finding.Status switch
    {
        null or { State: FindingState.Pending } => true,
        { State: FindingState.Matched, Recovery: { } reference } => cache.Recoveries.Store.Get(new(reference.Namespace, reference.Name)) is { Status: null or { Outcome: null } },
        _ => false,
    };

    /// <summary>
    /// A repeat of what is being worked on is only counted, later and together with others. One of a finding that led to nothing, or whose
    /// recovery has ended, may lead to something now: it is written before the sender hears of it, as often as repeats are.
    /// </summary>
    private async Task RepeatAsync(string name, DateTimeOffset seenAt, CancellationToken cancellation)
    {
        repeats.AddOrUpdate(name, (1, seenAt), (_, r) => (r.Count + 1, seenAt > r.LastSeenAt ? seenAt : r.LastSeenAt));
        var status = cache.SecurityFindings.Store.Get(new(options.Namespace, name))?.Status;
        var settled = status?.State is FindingState.Stale or FindingState.Unresolved or FindingState.Unmatched
            || (status?.Recovery is { } reference && cache.Recoveries.Store.Get(new(reference.Namespace, reference.Name))?.Status?.Outcome is not null);
        if (settled && !(status!.LastSeenAt > seenAt - FlushPeriod) && repeats.TryRemove(name, out var repeat))
            await FlushAsync(name, repeat, cancellation);
    }

    private SecurityFinding ToResource(string source, Finding finding, Pod? pod, DateTimeOffset now)
    {
        var hints = finding.Target;
        var identity = pod?.Metadata.Uid
            ?? $"{hints.Namespace}/{hints.Pod}/{hints.ContainerId}/{hints.Node}/{(hints.Pod is null ? finding.Message : "")}";
        return new SecurityFinding
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = options.Namespace, Name = Text.FindingName(source, finding.Rule, identity) },
            Spec = new SecurityFindingSpec
            {
                Source = source,
                Rule = finding.Rule,
                Severity = (FindingSeverity)finding.Severity,
                SeverityFrom = finding.SeverityFrom,
                Message = finding.Message,
                Tags = [.. finding.Tags],
                OccurredAt = finding.OccurredAt,
                ReceivedAt = now,
                Target = new FindingTargetSpec
                {
                    Namespace = pod?.Metadata.NamespaceProperty ?? hints.Namespace,
                    Pod = pod?.Metadata.Name ?? hints.Pod,
                    PodUid = pod?.Metadata.Uid ?? hints.PodUid,
                    Container = hints.Container,
                    ContainerId = hints.ContainerId,
                    Node = pod?.Spec.NodeName ?? hints.Node,
                    Image = hints.Image,
                    ImageDigest = hints.ImageDigest,
                },
                Fields = finding.Fields.ToDictionary(),
            },
        };
    }

    /// <summary>Repeats are written together: a detector in a loop must not become a loop of writes.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FlushPeriod, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var name in repeats.Keys)
            {
                if (!repeats.TryRemove(name, out var repeat))
                    continue;
                try
                {
                    await FlushAsync(name, repeat, stoppingToken);
                }
                catch (ApiUnavailableException failure)
                {
                    RepeatsDelayed(name, failure.Message);
                }
            }
        }
    }

    private async Task FlushAsync(string name, (long Count, DateTimeOffset LastSeenAt) repeat, CancellationToken cancellation)
    {
        try
        {
            var found = await cache.SecurityFindings.Api.GetAsync(new(options.Namespace, name), cancellation);
            if (found is ApiResult<SecurityFinding>.NotFound)
                return;
            var finding = found.Required();
            var status = finding.Status is null ? new() : finding.Status with { };
            status.Count += repeat.Count;
            status.LastSeenAt = status.LastSeenAt > repeat.LastSeenAt ? status.LastSeenAt : repeat.LastSeenAt;
            (await cache.SecurityFindings.Api.ReplaceAsync(finding with { Status = status }, "status", cancellation)).Required();
        }
        catch (ApiUnavailableException)
        {
            repeats.AddOrUpdate(name, repeat, (_, r) => (r.Count + repeat.Count, r.LastSeenAt > repeat.LastSeenAt ? r.LastSeenAt : repeat.LastSeenAt));
            throw;
        }
    }

    [LoggerMessage(LogLevel.Warning, "repeats of {finding} are counted later: {why}")]
    private partial void RepeatsDelayed(string finding, string why);
}
