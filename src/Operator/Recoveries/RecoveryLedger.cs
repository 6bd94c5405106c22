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
    private readonly Dictionary<PolicyKey, Breaker> breakers = [];

    /// <summary>A slot was given back: these recoveries may go on.</summary>
    public event Action<ObjectKey>? Released;

    /// <summary>A breaker opened or was found closed again.</summary>
    public event Action<PolicyKey>? BreakerChanged;

    /// <summary>What a policy has used within the hour, and its breaker.</summary>
    public (int StartedLastHour, DateTimeOffset? OpenedAt, DateTimeOffset? OpenUntil) StateOf(PolicyKey policy)
    {
        lock (gate)
        {
            var breaker = breakers.GetValueOrDefault(policy);
            var open = breaker is not null && breaker.Until > time.GetUtcNow();
            return (RemovalsOf(policy, default).Count, open ? breaker!.OpenedAt : null, open ? breaker!.Until : null);
        }
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
            entries[key] = new Entry(PolicyKey.Of(recovery), recovery.Metadata.NamespaceProperty, recovery.Spec.Target.Workload?.Uid)
            {
                ContainedAt = known?.ContainedAt ?? status?.ContainedAt,
                Removals = recorded,
                InFlight = known?.InFlight ?? InFlightByRecord(status),
                Draining = known?.Draining ?? DrainingByRecord(status),
                WaitsSince = known?.WaitsSince,
            };
        }
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
                case Decision.Wait { Reason: Reasons.BreakerOpen } wait when !IsOpen(entry.Policy, seen.Now):
                    breakers[entry.Policy] = new(seen.Now, wait.Until);
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

    private bool IsOpen(PolicyKey policy, DateTimeOffset now) => breakers.TryGetValue(policy, out var breaker) && breaker.Until > now;

    private List<DateTimeOffset> RemovalsOf(PolicyKey policy, DateTimeOffset since)
    {
        var from = time.GetUtcNow() - Limits.Hour;
        return [.. entries.Values.Where(e => e.Policy == policy).SelectMany(e => e.Removals.Values).Where(at => at > from && at > since)];
    }

    private Usage UsageFor(ObjectKey key, Entry entry, DateTimeOffset now, DateTimeOffset? reset)
    {
        if (reset is { } at && breakers.TryGetValue(entry.Policy, out var breaker) && breaker.OpenedAt <= at)
            breakers.Remove(entry.Policy);
        var others = entries.Where(e => e.Key != key).ToList();
        return new Usage
        {
            ContainedInNamespace = [.. others.Where(e => e.Value.Namespace == entry.Namespace && e.Value.ContainedAt is not null).Select(e => e.Value.ContainedAt!.Value)],
            RemovalsInHour = RemovalsOf(entry.Policy, reset ?? default),
            InFlightOfPolicy = others.Count(e => e.Value.InFlight && e.Value.Policy == entry.Policy),
            InFlightInCluster = others.Count(e => e.Value.InFlight),
            MaxInFlightInCluster = options.MaxConcurrentReplacements,
            OtherOnWorkload = entry.Workload is null ? null : others.Where(e => e.Value.InFlight && e.Value.Workload == entry.Workload).Select(e => e.Key.ToString()).FirstOrDefault(),
            OtherDraining = others.Where(e => e.Value.Draining).Select(e => e.Key.ToString()).FirstOrDefault(),
            BreakerOpenUntil = IsOpen(entry.Policy, now) ? breakers[entry.Policy].Until : null,
        };
    }

    private static bool DrainingByRecord(RecoveryStatus? status) =>
        status is { Outcome: null, Progress: { DrainStartedAt: not null, NodeDrainedAt: null } } && !IsStalled(status);

    private static bool InFlightByRecord(RecoveryStatus? status) =>
        status is { Outcome: null, Progress: { ReplacementStartedAt: not null, SoakStartedAt: null } }
        && !IsStalled(status);

    private static bool IsStalled(RecoveryStatus status) => status.Conditions.Any(c => c is { Type: "Stalled", Status: "True" });

    private sealed record Breaker(DateTimeOffset OpenedAt, DateTimeOffset Until);

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
