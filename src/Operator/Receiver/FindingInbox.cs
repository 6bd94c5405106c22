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
internal sealed class FindingInbox(ClusterCache cache, FindingTargets targets, RepeatedFindings repeats, OperatorOptions options, TimeProvider time)
{
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
                return new(stored.Metadata.Name, "Repeated", target is null ? found.Message : null, target);
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
        repeats.Count(name, seenAt);
        var status = cache.SecurityFindings.Store.Get(new(options.Namespace, name))?.Status;
        var settled = status?.State is FindingState.Stale or FindingState.Unresolved or FindingState.Unmatched
            || (status?.Recovery is { } reference && cache.Recoveries.Store.Get(new(reference.Namespace, reference.Name)) is null or { Status.Outcome: not null });
        if (settled && !(status!.LastSeenAt > seenAt - RepeatedFindings.Period))
            await repeats.WriteAsync(name, cancellation);
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
}
