using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Operator.Api.Schema;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Domain.Trust;
using Operator.Findings;
using Operator.Remediations;
using Operator.Runtime;
using Operator.Telemetry;

namespace Operator.Recoveries;

/// <summary>What a pass learned that is not on the cluster until it is recorded.</summary>
internal sealed class PassMemory
{
    public IReadOnlyList<EvidenceItem> Evidence { get; set; } = [];

    public bool EvidenceAttempted { get; set; }

    public int NetworkPoliciesRestored { get; set; }

    public DateTimeOffset? NetworkPolicyInstalledAt { get; set; }

    /// <summary>What kept the quarantine's NetworkPolicy from being installed in this pass.</summary>
    public QuarantineProblem? QuarantineProblem { get; set; }

    /// <summary>How a step was done, where a person should know.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>What is recorded, and what this pass will add to it.</summary>
    public Progress After(Progress recorded) => recorded with
    {
        NetworkPolicyRestored = recorded.NetworkPolicyRestored + NetworkPoliciesRestored,
        NetworkPolicyInstalledAt = NetworkPolicyInstalledAt ?? recorded.NetworkPolicyInstalledAt,
    };

    public int Pins { get; set; }

    /// <summary>When a template was pinned that had been pinned before.</summary>
    public DateTimeOffset? RepinnedAt { get; set; }

    /// <summary>Pods, by UID, whose eviction was refused in this pass, and why.</summary>
    public Dictionary<string, string> Held { get; } = [];

    public IReadOnlyList<string> Revoked { get; set; } = [];
}

/// <summary>Writes what is worth remembering, once a pass has something to say: status, Event, metric and log line from one place.</summary>
internal sealed class RecoveryRecorder(ClusterCache cache, RemediationWriter remediations, DetachedLabels labels, RecoveryAnnouncer announcer, OperatorOptions options)
{
    /// <summary>How long what passes by itself may last before it is said: until then the last status, which says what was begun, is enough.</summary>
    public static readonly TimeSpan WorthSaying = TimeSpan.FromSeconds(5);

    private const int MostFindings = 50;
    private const int MostExposure = 16;

    /// <summary>As it is stored: what was cut on the way there is no news.</summary>
    private static readonly JsonTypeInfo<RecoveryStatus> Stored = ResourceJson.Trimmed<RecoveryStatus>(ApiJson.Default, WithinBounds.Keep);

    /// <summary>Writes the status if it says something new. A conflict is an exception: somebody else wrote, look again.</summary>
    public async Task<Recovery> RecordAsync(Recovery recovery, Observation seen, Decision decision, PassMemory memory, CancellationToken cancellation)
    {
        var before = recovery.Status ?? new();
        var status = Copy(before);
        Describe(recovery, status, seen, decision, memory);
        status.Remediation = await remediations.ForAsync(recovery, seen, decision, cancellation) ?? status.Remediation;
        if (Passes(seen, decision) && Same(before, status))
            return recovery;
        RecoveryConditions.Describe(status, seen, decision, recovery.Spec.Target.Namespace, status.ObservedGeneration);
        if (Same(before, status))
            return recovery;
        var written = await cache.Recoveries.Api.ReplaceAsync(recovery with { Status = status }, "status", cancellation);
        var result = written.Required();
        memory.Evidence = [];
        memory.NetworkPoliciesRestored = 0;
        memory.Notes.Clear();
        memory.Pins = 0;
        memory.RepinnedAt = null;
        memory.Revoked = [];
        if (status.Outcome is not null)
            labels.Forget(status.Progress!);
        announcer.Announce(result, before, status);
        return result;
    }

    /// <summary>Says of a record that the operator did not make that it is over, and why nothing was done for it.</summary>
    public async Task ForeignAsync(Recovery recovery, string why, DateTimeOffset now, CancellationToken cancellation)
    {
        var before = recovery.Status ?? new();
        var status = Copy(before);
        (status.Outcome, status.Phase, status.Reason, status.EndedAt) = (nameof(Outcome.Foreign), nameof(Outcome.Foreign), Reasons.Foreign, now);
        status.Message = $"nothing was done for it: {why}";
        status.ObservedGeneration = recovery.Metadata.Generation ?? 0;
        status.Conditions.Set("Ready", false, Reasons.Foreign, status.Message, status.ObservedGeneration, now);
        status.Conditions.Set("Reconciling", false, Reasons.Foreign, status.Message, status.ObservedGeneration, now);
        status.Conditions.Set("Stalled", true, Reasons.Foreign, status.Message, status.ObservedGeneration, now);
        (await cache.Recoveries.Api.ReplaceAsync(recovery with { Status = status }, "status", cancellation)).Required();
        announcer.Foreign(recovery, status.Message);
    }

    /// <summary>Whether a record is still the one that was decided on, by what decisions read.</summary>
    public static bool IsSame(Recovery decided, Recovery now) =>
        decided.Metadata.Uid == now.Metadata.Uid
        && (decided.Metadata.ResourceVersion == now.Metadata.ResourceVersion
            || (decided.Metadata.Generation == now.Metadata.Generation && Same(decided.Status ?? new(), now.Status ?? new())));

    /// <summary>A change of what has ended changes nothing: it was seen, or kstatus would take it for being worked on.</summary>
    public async Task SeenAsync(Recovery ended, CancellationToken cancellation)
    {
        if (ended.Status!.ObservedGeneration != ended.Metadata.Generation)
            (await cache.Recoveries.Api.ReplaceAsync(ended with { Status = ended.Status with { ObservedGeneration = ended.Metadata.Generation ?? 0 } }, "status", cancellation)).Required();
    }

    /// <summary>Says that the target could not be isolated, once an attempt has failed often enough. The next one that succeeds says otherwise.</summary>
    public async Task NotContainedAsync(Recovery recovery, string why, DateTimeOffset now, CancellationToken cancellation)
    {
        var before = recovery.Status ?? new();
        if (before.Outcome is not null || before.Conditions.Any(c => c is { Type: "Contained", Reason: RecoveryConditions.IsolationFailed }))
            return;
        var status = Copy(before);
        RecoveryConditions.IsolationHasFailed(status, recovery, why, now);
        announcer.Announce((await cache.Recoveries.Api.ReplaceAsync(recovery with { Status = status }, "status", cancellation)).Required(), before, status);
    }

    /// <summary>A pod that stops and one that starts in its place are worth a write once they take long.</summary>
    public static bool Passes(Observation seen, Decision decision) =>
        decision is Decision.Wait { Reason: Reasons.Terminating or Reasons.WaitingForReplacement }
        && seen.Progress.Removals.Select(r => (DateTimeOffset?)r.At).Append(seen.Progress.ReplacementStartedAt).Max() is { } begun
        && seen.Now - begun < WorthSaying;

    private void Describe(Recovery recovery, RecoveryStatus status, Observation seen, Decision decision, PassMemory memory)
    {
        status.ObservedGeneration = recovery.Metadata.Generation ?? 0;
        status.Progress ??= new();
        Timeline(recovery, status, seen);
        Findings(recovery, status);
        Images(status, seen);
        if (memory.Evidence.Count > 0)
        {
            status.Evidence = [.. memory.Evidence];
            status.EvidenceAt ??= seen.Now;
        }
        if (seen.Target is { } target && Exposure(seen, target) is { Count: > 0 } exposure)
            status.Exposure = exposure;
        if (seen.Surroundings.Node is { } node && RecoveryPlanner.RefusalToCordon(node) is { } refusal && !status.Exposure.Contains(refusal))
            status.Exposure.Add(refusal);
        if (!seen.Surroundings.AllowedByOthers.IsNone)
            status.Exposure.Add($"other NetworkPolicies let traffic of it through while it was quarantined: {seen.Surroundings.AllowedByOthers.Describe(recovery.Spec.Target.Namespace)}");
        status.Exposure = [.. status.Exposure.Distinct().Take(MostExposure).Select(e => e.Length <= 512 ? e : $"{e[..511]}…")];
        status.Progress.NetworkPolicyRestored += memory.NetworkPoliciesRestored;
        status.Progress.NetworkPolicyInstalledAt = memory.NetworkPolicyInstalledAt ?? status.Progress.NetworkPolicyInstalledAt;
        foreach (var note in memory.Notes.Except(status.Progress.Notes).ToList())
            Note(status.Progress, note);
        status.Progress.Pins += memory.Pins;
        status.Progress.DecidedAgainAt = memory.RepinnedAt ?? status.Progress.DecidedAgainAt;
        foreach (var image in memory.Revoked)
            Note(status.Progress, $"{image} was revoked for the whole cluster, in ImageRevocationList {WellKnown.RevocationList}");
        // What checks approvals is written with the plan that an approval must name, so there is none without it.
        if (recovery.Spec.Approval is null)
            status.Progress.ApprovalChecker = seen.Episode.ApprovalChecker;

        var plan = RecoveryPlan.For(seen);
        if (status.Plan?.Hash != plan.Hash && status.Progress.ReplacementStartedAt is null)
            status.Plan = new PlanStatus { Version = (status.Plan?.Version ?? 0) + 1, Hash = plan.Hash, Steps = [.. plan.Steps] };

        Remember(status, status.Progress, seen, decision);
        labels.Complete(status.Progress);
        if (decision is not Decision.End end)
            return;
        status.Outcome = end.Outcome.ToString();
        status.EndedAt = seen.Now;
        if (end.Reason == Reasons.Verified)
        {
            if (status.Progress.SoakStartedAt is null)
                Replaced(status, status.Progress, seen);
            status.VerifiedAt = seen.Now;
            status.TimeToRecover = Since(status.DetectedAt, seen.Now);
        }
    }

    /// <summary>No more than the schema lets in.</summary>
    private static List<string> Exposure(Observation seen, Domain.Planning.Pod target) =>
    [
        .. target.Exposure
            .Concat(target.ImageVolumes.Select(v => VolumeExposure(seen, v.Name, v.Image)))
            .Concat(target.Containers.Where(c => seen.Workload is { } workload && workload.Template.All(t => t.IsVolume || t.Name != c.Name))
                .Select(c => $"container {c.Name} is not in the template: whatever put it there chooses its image, which is neither judged nor pinned"))
            .Take(MostExposure - 2)
            .Select(Clip),
    ];

    private static string VolumeExposure(Observation seen, string name, string image) =>
        $"volume {name} mounts image {image}, which is not pinned: {seen.Trust.JudgeVolume(ImageReference.Parse(image)) switch
        {
            TrustVerdict.Trusted => "its digest is trusted",
            TrustVerdict.Untrusted => "its digest is revoked",
            _ => "whether it is trusted is not known",
        }}";

    private static void Remember(RecoveryStatus status, ProgressStatus progress, Observation seen, Decision decision)
    {
        switch (decision)
        {
            case Decision.Act { Step: Step.RecordStart start }:
                progress.ReplacementStartedAt = seen.Target?.DetachedAt ?? seen.Now;
                progress.Path = start.Path.ToString();
                progress.Condemned = [.. start.Condemned];
                if (seen.Target is { } target)
                    progress.Removals.Add(new() { Uid = target.Uid, At = progress.ReplacementStartedAt.Value });
                Override(progress, start.Note);
                Pins(status, progress, start.Images);
                break;
            case Decision.Act { Step: Step.RecordPath other }:
                progress.Path = other.Path.ToString();
                progress.DecidedAgainAt = seen.Now;
                Note(progress, other.Note);
                break;
            case Decision.Act { Step: Step.RecordImages decided }:
                progress.DecidedAgainAt = seen.Now;
                Pins(status, progress, decided.Images);
                break;
            case Decision.Act { Step: Step.RecordRemoval removal }:
                progress.Removals.Add(new() { Uid = removal.Uid, At = seen.Now });
                progress.SoakStartedAt = null;
                Override(progress, removal.Note);
                break;
            case Decision.Act { Step: Step.RecordReplaced replaced }:
                Replaced(status, progress, seen);
                if (replaced.Note is not null && !progress.Notes.Contains(Clip(replaced.Note)))
                    Note(progress, replaced.Note);
                break;
            case Decision.Act { Step: Step.RecordCordonYields yields }:
                progress.CordonYielded = true;
                Note(progress, yields.Note);
                break;
            case Decision.Act { Step: Step.RecordDrain }:
                progress.DrainStartedAt = seen.Now;
                break;
            case Decision.Act { Step: Step.RecordDrained drained }:
                progress.NodeDrainedAt = seen.Now;
                if (drained.Note is not null)
                    Note(progress, drained.Note);
                break;
            case Decision.Wait { Reason: Reasons.AwaitingApproval }:
                progress.ApprovalAwaitedSince ??= seen.Now;
                break;
            case Decision.Wait { Reason: Reasons.DisruptionBudget }:
                progress.BudgetBlockedSince ??= seen.Now;
                break;
        }
    }

    private static void Replaced(RecoveryStatus status, ProgressStatus progress, Observation seen)
    {
        status.ReplacedAt = seen.Now;
        progress.SoakStartedAt = seen.Now;
        status.Replacements = [.. seen.Replacements
            .Take(64)
            .Select(p => new ReplacementPod { Pod = p.Name, Uid = p.Uid, Node = p.Node, ImageId = p.Containers.LastOrDefault()?.ImageId })];
    }

    /// <summary>Each pod that a budget would keep has its own wait for it.</summary>
    private static void Override(ProgressStatus progress, string? note)
    {
        progress.BudgetBlockedSince = null;
        if (note is not null)
            Note(progress, note);
    }

    /// <summary>No longer and no more than the schema lets in.</summary>
    private static void Note(ProgressStatus progress, string note)
    {
        if (progress.Notes.Count < 16)
            progress.Notes.Add(Clip(note));
    }

    private static string Clip(string text) => text.Length <= 512 ? text : text[..512];

    private static void Pins(RecoveryStatus status, ProgressStatus progress, IReadOnlyList<Domain.Planning.PinnedImage> pins)
    {
        progress.Images = [.. pins.Select(i => new Api.V1Alpha1.PinnedImage { Container = i.Container, Image = i.Image, TrustedBy = i.TrustedBy })];
        foreach (var image in status.Images)
        {
            var pin = pins.FirstOrDefault(i => i.Container == image.Container);
            image.To = pin?.Image ?? image.To;
            image.TrustedBy = pin?.TrustedBy ?? image.TrustedBy;
        }
    }

    private void Timeline(Recovery recovery, RecoveryStatus status, Observation seen)
    {
        if (status.DetectedAt is null && cache.SecurityFindings.Store.Get(new(recovery.Spec.Finding.Namespace, recovery.Spec.Finding.Name)) is { } finding)
        {
            status.OccurredAt = finding.OccurredAt(options);
            status.ReceivedAt = finding.ReceivedAt(options);
        }
        status.DetectedAt ??= status.OccurredAt ?? status.ReceivedAt ?? recovery.Metadata.CreationTimestamp;
        if (status.ContainedAt is null && seen.Target is { Quarantined: true } target)
        {
            // One that is isolated by its label alone does not say when.
            var contained = target.ContainedAt is { } at && at < seen.Now ? at : seen.Now;
            status.ContainedAt = contained;
            status.TimeToContain = Since(status.DetectedAt, contained);
        }
    }

    private void Findings(Recovery recovery, RecoveryStatus status)
    {
        var all = RecordedFindings.Of(cache, recovery)
            .OrderBy(f => f.Metadata.CreationTimestamp)
            .ThenBy(f => f.Metadata.Name, StringComparer.Ordinal);
        foreach (var finding in all.Where(f => status.Findings.All(known => known.Name != f.Metadata.Name || known.Namespace != f.Metadata.NamespaceProperty)))
        {
            if (status.Findings.Count == MostFindings)
                return;
            status.Findings.Add(new RecordedFinding
            {
                Namespace = finding.Metadata.NamespaceProperty,
                Name = finding.Metadata.Name,
                Rule = finding.Spec.Rule,
                Severity = finding.HighestSeverity(),
                DetectedAt = finding.DetectedAt(options),
                ReportedBy = finding.Spec.ReportedBy,
            });
        }
    }

    private static void Images(RecoveryStatus status, Observation seen)
    {
        if (status.Images.Count > 0 || seen.Target is not { } target || seen.Workload is not { } workload)
            return;
        status.Images = [.. from container in workload.Template
                            where !container.IsVolume
                            let image = ImageReference.Parse(container.Image)
                            let ran = RunningImage.Parse(target.Containers.FirstOrDefault(c => c.Name == container.Name)?.ImageId)
                            select new ImageChange
                            {
                                Container = container.Name,
                                // What was pulled from elsewhere, or of which no manifest is known, stands as the runtime reports it.
                                From = ran is null ? container.Image : ran.Repository == image.CanonicalRepository ? image.At(ran.Digest).ToString() : ran.ToString(),
                                To = seen.Trust.Trusts(image) ? container.Image : null,
                                TrustedBy = seen.Trust.Trusts(image) ? "the template already names a trusted digest" : null,
                            }];
    }

    private static KubeDuration? Since(DateTimeOffset? from, DateTimeOffset to) =>
        from is { } start ? new KubeDuration(to > start ? to - start : TimeSpan.Zero) : null;

    private static RecoveryStatus Copy(RecoveryStatus status) =>
        JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(status, Stored), Stored)!;

    private static bool Same(RecoveryStatus one, RecoveryStatus other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, Stored).AsSpan()
            .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, Stored));
}
