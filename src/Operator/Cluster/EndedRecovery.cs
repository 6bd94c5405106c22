using System.Collections.Concurrent;
using k8s.Models;
using Operator.Api.V1Alpha1;

namespace Operator.Cluster;

/// <summary>
/// A recovery that has ended, as the cache keeps it: whom it was about, what it took out and put there, when and how it ended. A hundred thousand
/// of them must fit in memory. Whoever needs the rest reads the record.
/// </summary>
internal static class EndedRecovery
{
    private static readonly ConcurrentDictionary<(RecoveryMode, KubeDuration, TrustRequirement, KubeDuration, int, KubeDuration), ProtocolSpec> Protocols = new();
    private const int MostProtocols = 1000;

    // Nobody adds to what is in a cache.
    private static readonly List<string> None = [];
    private static readonly List<StatusCondition> NoConditions = [];
    private static readonly List<ImageChange> NoImages = [];
    private static readonly List<EvidenceItem> NoEvidence = [];
    private static readonly List<RecordedFinding> NoFindings = [];
    private static readonly List<ReplacementPod> NoReplacements = [];

    /// <summary>No policy looks further back at what a recovery took out and put there.</summary>
    public static readonly TimeSpan LongestMemory = TimeSpan.FromDays(8);

    public static Recovery Shrink(Recovery recovery, DateTimeOffset now)
    {
        if (recovery.Status is not { Outcome: not null } status)
            return recovery;
        var (metadata, spec, isOld) = (recovery.Metadata, recovery.Spec, now - status.EndedAt > LongestMemory);
        var removals = status.Progress?.Removals ?? [];
        return recovery with
        {
            Metadata = new V1ObjectMeta
            {
                NamespaceProperty = metadata.NamespaceProperty,
                Name = metadata.Name,
                Uid = metadata.Uid,
                ResourceVersion = metadata.ResourceVersion,
                Generation = metadata.Generation,
                CreationTimestamp = metadata.CreationTimestamp,
                DeletionTimestamp = metadata.DeletionTimestamp,
                Labels = metadata.Labels is { Count: > 0 } ? metadata.Labels : null,
                Annotations = metadata.Annotations is { Count: > 0 } ? metadata.Annotations : null,
            },
            Spec = spec with
            {
                Target = spec.Target with { YoungSiblings = None, Node = isOld ? null : spec.Target.Node, Workload = isOld ? null : spec.Target.Workload },
                Policy = spec.Policy with { Spec = Shrink(spec.Policy.Spec) },
                Approval = null,
            },
            Status = new()
            {
                Phase = status.Phase,
                Outcome = status.Outcome,
                ObservedGeneration = status.ObservedGeneration,
                ContainedAt = status.ContainedAt,
                EndedAt = status.EndedAt,
                Conditions = NoConditions,
                Images = NoImages,
                Evidence = NoEvidence,
                Exposure = None,
                Findings = isOld ? NoFindings : status.Findings,
                Replacements = isOld ? NoReplacements : status.Replacements,
                Progress = removals.Count == 0 || (isOld && removals.All(r => r.Uid == spec.Target.Uid)) ? null
                    : new() { ReplacementStartedAt = status.Progress!.ReplacementStartedAt, Removals = removals },
            },
        };
    }

    /// <summary>Of its protocol what is asked of an ended one. Few policies make many recoveries: equal ones are kept once.</summary>
    private static ProtocolSpec Shrink(ProtocolSpec protocol)
    {
        KubeDuration retain = protocol.Contain.Connections == ConnectionContainment.MustEnd ? TimeSpan.Zero : protocol.Replace.RetainOriginalFor;
        var key = (protocol.Mode, retain, protocol.Trust.Require, protocol.Limits.Replace.Cooldown, protocol.Escalate.After, protocol.Escalate.Within);
        if (Protocols.TryGetValue(key, out var known))
            return known;
        ProtocolSpec kept = new()
        {
            Mode = protocol.Mode,
            Replace = new() { RetainOriginalFor = retain },
            Trust = new() { Require = protocol.Trust.Require },
            Limits = new() { Replace = new() { Cooldown = protocol.Limits.Replace.Cooldown } },
            Escalate = protocol.Escalate,
        };
        return Protocols.Count < MostProtocols ? Protocols.GetOrAdd(key, kept) : kept;
    }
}
