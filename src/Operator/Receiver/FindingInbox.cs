using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Findings;
using Operator.Findings;
using Operator.Runtime;

namespace Operator.Receiver;

/// <summary>What became of one finding of a request.</summary>
internal sealed record StoredFinding(string? Name, string Outcome, string? Reason, string? Target)
{
    /// <summary>Where in the body it is, if it could not be read.</summary>
    public int? Line { get; init; }
}

/// <summary>
/// Stores findings as objects before anybody is told that they were accepted. A name follows from source, rule and target,
/// so a repeat finds the first one and is only counted.
/// </summary>
internal sealed class FindingInbox(
    ClusterCache cache, FindingTargets targets, RepeatedFindings repeats, LiveFindings findings, OperatorOptions options, TimeProvider time)
{
    /// <summary>The outcome of a finding that is not stored because its source has as many as it may have.</summary>
    public const string Capped = "Capped";

    /// <summary>Of a source that has as many findings as it may have: how many may be about one pod, before only a higher severity is new.</summary>
    private const int MostOfAPod = 8;

    /// <summary>An exception means that this finding is not stored, and nothing may be claimed of it.</summary>
    public async Task<StoredFinding> StoreAsync(FindingSource source, Finding finding, CancellationToken cancellation)
    {
        var (now, scope) = (time.GetUtcNow(), SourceScope.Of(source));
        if (finding.Target.Namespace is { } said && !scope.Includes(said))
            return new(null, "Rejected", $"source {scope.Source} may not speak for namespace {said}", said);
        var seenAt = DetectionTime.Of(finding.OccurredAt, now);
        var found = await targets.ResolveAsync(
            new TargetHints
            {
                Namespace = finding.Target.Namespace,
                Pod = finding.Target.Pod,
                PodUid = finding.Target.PodUid,
                ContainerId = finding.Target.ContainerId,
                At = seenAt,
            },
            live: false,
            cancellation);
        // What a source may speak for is judged by the pod that it means, too, here and again when the finding is resolved.
        var ns = found.Pod?.Metadata.NamespaceProperty ?? targets.RecoveryOf(finding.Target.PodUid, null, null)?.Spec.Target.Namespace;
        if (ns is not null && !scope.Includes(ns))
            return new(null, "Rejected", $"source {scope.Source} may not speak for the pod that this finding means", null);

        var stored = ToResource(scope, finding, found.Pod, now);
        var target = found.Pod is { } pod ? $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}" : null;
        var (name, why) = (stored.Metadata.Name, target is null ? found.Message : null);
        var known = cache.SecurityFindings.Store.Get(ObjectKey.Of(stored.Metadata));
        if (known is null && findings.IsFull(scope.Source) && !IsWorthMore(stored, found.Pod))
            return new(null, Capped, $"source {scope.Source} has {options.MaxFindingsPerSource} stored findings, the most that it may have: until some are deleted, only findings about pods are stored", target);

        var raised = known?.IsRaisedBy(stored.Spec) is true;
        if (!raised && IsWorkedOn(known) && repeats.IsConfirmed(name))
        {
            await RepeatAsync(stored, seenAt, cancellation);
            return new(name, "Repeated", why, target);
        }
        switch (await cache.SecurityFindings.Api.CreateAsync(stored, cancellation))
        {
            case ApiResult<SecurityFinding>.Ok:
                findings.Created(scope.Source, name);
                repeats.Confirm(name);
                return new(name, "Stored", why, target);
            case ApiResult<SecurityFinding>.AlreadyExists:
                repeats.Confirm(name);
                if (raised || known is null)
                    await repeats.RaiseAsync(stored, seenAt, cancellation);
                else
                    await RepeatAsync(stored, seenAt, cancellation);
                return new(name, "Repeated", why, target);
            case ApiResult<SecurityFinding>.Invalid invalid:
                return new(null, "Rejected", invalid.Message, target);
            case var refused:
                throw new ApiUnavailableException($"the finding was not stored: {refused}");
        }
    }

    /// <summary>Junk of a source must not keep out what the same source says of a real pod; nor may what it says of one pod be without end.</summary>
    private bool IsWorthMore(SecurityFinding finding, Pod? pod)
    {
        if (pod is null)
            return false;
        var same = cache.SecurityFindings.Store.ByIndex(ClusterCache.ByNamed, pod.Metadata.Uid).Where(f => f.Spec.Source == finding.Spec.Source).ToList();
        return same.Count < MostOfAPod || same.All(f => f.HighestSeverity() < finding.Spec.Severity);
    }

    /// <summary>It is stored and leads to something already: a detector in a loop costs no call for each of its turns.</summary>
    private bool IsWorkedOn(SecurityFinding? known) => known is { Metadata.DeletionTimestamp: null } finding && finding.Status switch
    {
        null or { State: FindingState.Pending } => true,
        { State: FindingState.Matched, Recovery: { } reference } => cache.Recoveries.Store.Get(new(reference.Namespace, reference.Name)) is { Status: null or { Outcome: null } },
        _ => false,
    };

    /// <summary>
    /// A repeat of what is being worked on is only counted, later and together with others. One of a finding that led to nothing, or whose
    /// recovery has ended, may lead to something now: it is written before the sender hears of it, as often as repeats are.
    /// </summary>
    private async Task RepeatAsync(SecurityFinding finding, DateTimeOffset seenAt, CancellationToken cancellation)
    {
        repeats.Count(finding, seenAt);
        var status = cache.SecurityFindings.Store.Get(ObjectKey.Of(finding.Metadata))?.Status;
        var settled = status?.State is FindingState.Stale or FindingState.Unresolved or FindingState.Unmatched
            || (status?.Recovery is { } reference && cache.Recoveries.Store.Get(new(reference.Namespace, reference.Name)) is null or { Status.Outcome: not null });
        if (settled && !(status!.LastSeenAt > seenAt - RepeatedFindings.Period))
            await repeats.WriteAsync(finding.Metadata.Name, cancellation);
    }

    private SecurityFinding ToResource(SourceScope scope, Finding finding, Pod? pod, DateTimeOffset now)
    {
        var hints = finding.Target;
        var said = (FindingSeverity)finding.Severity;
        var believed = finding.OccurredAt is null || DetectionTime.IsBelieved(finding.OccurredAt, now);
        // What it says in words is no part of it: a rule about a host would make an object for each process that it names.
        var identity = pod?.Metadata.Uid ?? $"{hints.Namespace}/{hints.Pod}/{hints.PodUid}/{hints.ContainerId}/{hints.Node}/";
        return new SecurityFinding
        {
            Metadata = new V1ObjectMeta { NamespaceProperty = options.Namespace, Name = Text.FindingName(scope.Source, finding.Rule, identity) },
            Spec = new SecurityFindingSpec
            {
                Source = scope.Source,
                Rule = finding.Rule,
                Severity = scope.Limit(said),
                SeverityFrom = said > scope.Highest ? $"{finding.SeverityFrom}, lowered from {said}: the source may say {scope.Highest} at most" : finding.SeverityFrom,
                Message = finding.Message,
                Tags = [.. finding.Tags],
                OccurredAt = believed ? finding.OccurredAt : now,
                TimeFrom = believed ? null : $"the source said {finding.OccurredAt:u}, which cannot be: when it was received",
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
