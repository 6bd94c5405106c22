using Operator.Api.V1Alpha1;
using Operator.Domain.Planning;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>
/// Who uses how much of which limit. Deciding and reserving is one step under one lock, so that no two recoveries take the same slot.
/// It is rebuilt from the recoveries themselves when a leader starts; what is reserved here is written there before anything is destroyed.
/// </summary>
internal sealed class RecoveryLedger(OperatorOptions options, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<ObjectKey, Entry> entries = [];
    private readonly Breakers breakers = new();

    /// <summary>A slot was given back: these recoveries may go on.</summary>
    public event Action<ObjectKey>? Released;

    /// <summary>A breaker opened or was found closed again.</summary>
    public event Action<PolicyKey>? BreakerChanged;

    /// <summary>What a policy has used within the hour, and its breaker while it is open.</summary>
    /// <param name="policy">Whose.</param>
    /// <param name="reset">What was before it does not count.</param>
    public (int StartedLastHour, OpenBreaker? Breaker) StateOf(PolicyKey policy, DateTimeOffset? reset)
    {
        lock (gate)
            return (RemovalsOf(policy, reset).Count, breakers.Of(policy, time.GetUtcNow(), reset));
    }

    /// <summary>Replacements in flight in the whole cluster.</summary>
    public int InFlight
    {
        get
        {
            lock (gate)
                return entries.Values.Count(e => e.InFlight);
        }
    }

    /// <summary>Of the namespaces where a policy has recoveries, how many pods were contained in the one where most were, by whichever policy.</summary>
    public int MostContainedOf(PolicyKey policy, TimeSpan within)
    {
        var from = time.GetUtcNow() - within;
        lock (gate)
            return entries.Values.GroupBy(e => e.Namespace).Where(ns => ns.Any(e => e.Policy == policy)).Select(ns => ns.Count(e => e.ContainedAt > from)).DefaultIfEmpty(0).Max();
    }

    /// <summary>Takes what the recovery's own record says; used at the start and before each decision.</summary>
    public void Refresh(Recovery recovery)
    {
        var key = ObjectKey.Of(recovery.Metadata);
        var status = recovery.Status;
        lock (gate)
        {
            var known = entries.GetValueOrDefault(key);
            var recorded = status?.Progress?.Removals.ToDictionary(r => r.Uid, r => r.At) ?? [];
            foreach (var (uid, at) in known?.Removals ?? [])
                recorded.TryAdd(uid, at);
            entries[key] = new Entry(PolicyKey.Of(recovery), recovery.Spec.Target.Namespace, recovery.Spec.Target.Workload?.Uid)
            {
                ContainedAt = known?.ContainedAt ?? status?.ContainedAt,
                Removals = recorded,
                InFlight = known?.InFlight ?? InFlightByRecord(status),
                Draining = known?.Draining ?? DrainingByRecord(status),
                WaitsSince = known?.WaitsSince,
            };
        }
    }

    /// <summary>Takes what a policy's status says of its breaker; used at the start.</summary>
    public void Refresh(PolicyKey policy, PolicyStatus? status)
    {
        lock (gate)
            breakers.Restore(policy, status?.Breaker);
    }

    /// <summary>A pod that was detached before its recovery's record said so: a crash came between.</summary>
    public void RefreshDetached(ObjectKey recovery, string uid, DateTimeOffset detachedAt)
    {
        lock (gate)
        {
            if (entries.TryGetValue(recovery, out var entry))
                entry.Removals.TryAdd(uid, detachedAt);
        }
    }

    /// <summary>Whether a recovery has isolated its target, as far as is known here.</summary>
    public bool HasContained(ObjectKey key)
    {
        lock (gate)
            return entries.GetValueOrDefault(key)?.ContainedAt is not null;
    }

    /// <summary>What was decided was not done: that pod still comes first, and uses up no limit.</summary>
    public void NotContained(ObjectKey key)
    {
        lock (gate)
        {
            if (entries.TryGetValue(key, out var entry))
                entry.ContainedAt = null;
        }
    }

    public void Forget(ObjectKey key)
    {
        lock (gate)
            entries.Remove(key);
        ReleaseNext();
    }

    /// <summary>Decides with what is used now and reserves what the decision will use.</summary>
    public Decision Decide(ObjectKey key, Observation seen, DateTimeOffset? breakerReset)
    {
        var opened = false;
        Decision decision;
        Entry entry;
        lock (gate)
        {
            entry = entries[key];
            decision = RecoveryPlanner.Decide(seen with { Usage = UsageFor(key, entry, seen.Now, breakerReset) });
            switch (decision)
            {
                case Decision.Act { Step: Step.Contain contain }:
                    entry.ContainedAt = seen.Now;
                    if (contain.Detach)
                        Start(entry, contain.Uid, seen.Now);
                    break;
                case Decision.Act { Step: Step.RecordStart }:
                    Start(entry, seen.Target?.Uid, seen.Now);
                    break;
                case Decision.Act { Step: Step.RecordRemoval removal }:
                    Start(entry, removal.Uid, seen.Now);
                    break;
                case Decision.Act { Step: Step.RecordDrain }:
                    entry.Draining = true;
                    break;
                case Decision.Wait { Reason: Reasons.BreakerOpen } wait when breakers.Of(entry.Policy, seen.Now, breakerReset) is null:
                    breakers.Open(entry.Policy, seen.Now, wait.Until);
                    opened = true;
                    break;
            }
            entry.WaitsSince = decision is Decision.Wait { Reason: Reasons.ReplacementLimit or Reasons.WorkloadBusy or Reasons.BreakerOpen } ? entry.WaitsSince ?? seen.Now : null;
        }
        if (opened)
            BreakerChanged?.Invoke(entry.Policy);
        return decision;
    }

    /// <summary>Says after a pass whether the recovery still holds its slot: what is blocked, waits for a person, drains its node, soaks or has ended does not.</summary>
    public void Settle(ObjectKey key, Decision decision)
    {
        bool released;
        lock (gate)
        {
            if (!entries.TryGetValue(key, out var entry))
                return;
            var holds = entry.InFlight && decision is not (Decision.Block or Decision.End or Decision.Wait { Reason: Reasons.Soaking or Reasons.Draining or Reasons.NodeBusy or Reasons.AwaitingApproval or Reasons.BreakerOpen });
            released = entry.InFlight && !holds;
            entry.InFlight = holds;
            entry.Draining &= decision is not (Decision.Block or Decision.End or Decision.Act { Step: Step.RecordDrained });
        }
        if (released)
            ReleaseNext();
    }

    private void ReleaseNext()
    {
        List<ObjectKey> next;
        lock (gate)
            next = [.. entries.Where(e => e.Value.WaitsSince is not null).OrderBy(e => e.Value.WaitsSince).Take(8).Select(e => e.Key)];
        foreach (var key in next)
            Released?.Invoke(key);
    }

    private static void Start(Entry entry, string? uid, DateTimeOffset now)
    {
        entry.InFlight = true;
        if (uid is not null)
            entry.Removals.TryAdd(uid, now);
    }

    private List<DateTimeOffset> RemovalsOf(PolicyKey policy, DateTimeOffset? reset)
    {
        var from = time.GetUtcNow() - Limits.Hour;
        return [.. entries.Values.Where(e => e.Policy == policy).SelectMany(e => e.Removals.Values).Where(at => at > from && !(at <= reset))];
    }

    private Usage UsageFor(ObjectKey key, Entry entry, DateTimeOffset now, DateTimeOffset? reset)
    {
        var others = entries.Where(e => e.Key != key).ToList();
        return new Usage
        {
            ContainedInNamespace = [.. others.Where(e => e.Value.Namespace == entry.Namespace && e.Value.ContainedAt is not null).Select(e => e.Value.ContainedAt!.Value)],
            RemovalsInHour = RemovalsOf(entry.Policy, reset),
            InFlightOfPolicy = others.Count(e => e.Value.InFlight && e.Value.Policy == entry.Policy),
            InFlightInCluster = others.Count(e => e.Value.InFlight),
            MaxInFlightInCluster = options.MaxConcurrentReplacements,
            OtherOnWorkload = entry.Workload is null ? null : others.Where(e => e.Value.InFlight && e.Value.Workload == entry.Workload && (e.Value.Policy.IsCluster || !entry.Policy.IsCluster)).Select(e => e.Key.ToString()).FirstOrDefault(),
            OtherDraining = others.Where(e => e.Value.Draining).Select(e => e.Key.ToString()).FirstOrDefault(),
            BreakerOpenUntil = breakers.Of(entry.Policy, now, reset)?.Until,
        };
    }

    private static bool DrainingByRecord(RecoveryStatus? status) =>
        status is { Outcome: null, Progress: { DrainStartedAt: not null, NodeDrainedAt: null } } && !IsStalled(status);

    private static bool InFlightByRecord(RecoveryStatus? status) =>
        status is { Outcome: null, Progress: { ReplacementStartedAt: not null, SoakStartedAt: null } }
        && !IsStalled(status);

    private static bool IsStalled(RecoveryStatus status) => status.Conditions.Any(c => c is { Type: "Stalled", Status: "True" });

    private sealed class Entry(PolicyKey policy, string ns, string? workload)
    {
        public PolicyKey Policy => policy;
        public string Namespace => ns;
        public string? Workload => workload;
        public DateTimeOffset? ContainedAt { get; set; }
        public required Dictionary<string, DateTimeOffset> Removals { get; init; }
        public bool InFlight { get; set; }
        public bool Draining { get; set; }
        public DateTimeOffset? WaitsSince { get; set; }
    }
}
