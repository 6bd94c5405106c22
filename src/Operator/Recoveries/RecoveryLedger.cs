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
    /// <summary>How many are woken when a slot is given back: each may find that it is another one's turn.</summary>
    private const int MostWoken = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<ObjectKey, LedgerEntry> entries = [];
    private readonly FairTurns turns = new();
    private readonly Breakers breakers = new();

    /// <summary>A slot was given back: these recoveries may go on.</summary>
    public event Action<ObjectKey>? Released;

    /// <summary>A breaker opened or was found closed again.</summary>
    public event Action<PolicyKey>? BreakerChanged;

    /// <summary>What a policy has used within the hour, and its breakers while they are open.</summary>
    /// <param name="policy">Whose.</param>
    /// <param name="reset">What was before it does not count.</param>
    public PolicyUse StateOf(PolicyKey policy, DateTimeOffset? reset)
    {
        lock (gate)
        {
            var removals = RemovalsOf(policy, reset).ToList();
            return new(
                removals.Count,
                removals.GroupBy(r => r.Namespace).Select(ns => ns.Count()).DefaultIfEmpty(0).Max(),
                breakers.Of(policy, null, time.GetUtcNow(), reset),
                breakers.OfNamespaces(policy, time.GetUtcNow(), reset));
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
        lock (gate)
        {
            if (LedgerEntry.CountsNowhere(recovery, time.GetUtcNow()))
                entries.Remove(key);
            else
                entries[key] = LedgerEntry.Of(recovery, entries.GetValueOrDefault(key));
        }
    }

    /// <summary>Takes what a policy's status says of its breaker; used at the start.</summary>
    public void Refresh(PolicyKey policy, PolicyStatus? status)
    {
        lock (gate)
            breakers.Restore(policy, status?.Breaker);
    }

    /// <summary>A pod that was contained or detached before its recovery's record said so: a crash came between. Only the target of the recovery that it names.</summary>
    public void RefreshPod(ObjectKey recovery, Pod pod)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(recovery, out var entry) || entry.Target != pod.Uid)
                return;
            if (pod.Quarantined)
                entry.ContainedAt ??= pod.ContainedAt;
            if (pod.DetachedAt is not { } detached || entry.Removals.ContainsKey(pod.Uid))
                return;
            entry.Removals.Add(pod.Uid, detached);
            entry.InFlight = true;
        }
    }

    /// <summary>Whether a recovery has isolated its target, as far as is known here.</summary>
    public bool HasContained(ObjectKey key)
    {
        lock (gate)
            return entries.GetValueOrDefault(key) is { ContainedAt: not null, ContainmentUnsure: false };
    }

    /// <summary>
    /// What came of containing. After a refusal the pod still comes first and uses up no limit; an answer that was lost leaves open whether
    /// it was done, so it uses up the limit and still comes first.
    /// </summary>
    public void Contained(ObjectKey key, bool? done, string? detaching)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(key, out var entry))
                return;
            entry.ContainmentUnsure = done is null;
            if (done is not false)
                return;
            entry.ContainedAt = null;
            if (detaching is null)
                return;
            entry.Removals.Remove(detaching);
            entry.InFlight = false;
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
        LedgerEntry entry;
        lock (gate)
        {
            entry = entries[key];
            decision = RecoveryPlanner.Decide(seen with { Usage = UsageFor(key, entry, seen.Episode.Settings, seen.Now, breakerReset) });
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
                case Decision.Wait { Limit: SharedLimit.NamespaceBreaker or SharedLimit.PolicyBreaker } wait:
                    breakers.Open(entry.Policy, wait.Limit is SharedLimit.NamespaceBreaker ? entry.Namespace : null, seen.Now, wait.Until);
                    opened = true;
                    break;
            }
            var waits = decision as Decision.Wait;
            entry.WaitsSince = waits is { Reason: Reasons.ReplacementLimit or Reasons.WorkloadBusy or Reasons.BreakerOpen } ? entry.WaitsSince ?? seen.Now : null;
            entry.Asks = waits is { Limit: SharedLimit.PolicySlots or SharedLimit.ClusterSlots } ? (waits.Limit.Value, seen.Now) : null;
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

    /// <summary>Wakes those that wait, going round among their namespaces.</summary>
    private void ReleaseNext()
    {
        List<ObjectKey> next;
        lock (gate)
        {
            next =
            [
                .. entries.Where(e => e.Value.WaitsSince is not null)
                    .GroupBy(e => e.Value.Namespace)
                    .SelectMany(ns => ns.OrderBy(e => e.Value.WaitsSince).Take(MostWoken).Select((e, place) => (e.Key, Place: place, Turn: turns.Of(ns.Key))))
                    .OrderBy(e => e.Place).ThenBy(e => e.Turn)
                    .Take(MostWoken)
                    .Select(e => e.Key),
            ];
        }
        foreach (var key in next)
            Released?.Invoke(key);
    }

    private void Start(LedgerEntry entry, string? uid, DateTimeOffset now)
    {
        if (!entry.InFlight)
            turns.Serve(entry.Namespace);
        entry.Start(uid, now);
    }

    private IEnumerable<(string Namespace, DateTimeOffset At)> RemovalsOf(PolicyKey policy, DateTimeOffset? reset)
    {
        var since = time.GetUtcNow() - Limits.Hour;
        return from entry in entries.Values
               where entry.Policy == policy
               from at in entry.Removals.Values
               where at > since && !(at <= reset)
               select (entry.Namespace, at);
    }

    private Usage UsageFor(ObjectKey key, LedgerEntry entry, RecoverySettings settings, DateTimeOffset now, DateTimeOffset? reset)
    {
        var others = entries.Where(e => e.Key != key).ToList();
        var inFlight = others.Where(e => e.Value.InFlight).Select(e => e.Value).ToList();
        var ofPolicy = inFlight.Where(e => e.Policy == entry.Policy).ToList();
        var removals = RemovalsOf(entry.Policy, reset).ToList();
        HashSet<string> Asking(SharedLimit limit, Func<LedgerEntry, bool> counts) =>
            [.. others.Where(e => e.Value.Asks is { } asks && asks.Limit == limit && now - asks.At <= FairTurns.Recheck + FairTurns.Recheck && counts(e.Value)).Select(e => e.Value.Namespace)];
        var ofCluster = options.MaxConcurrentReplacements;
        // A quarter of the cluster's slots is kept for ClusterRecoveryPolicies: those of namespaces cannot use them all up.
        var full = !entry.Policy.IsCluster && ofCluster > 1 && inFlight.Count(e => !e.Policy.IsCluster) >= ofCluster - Math.Max(1, ofCluster / 4);
        return new Usage
        {
            ContainedInNamespace = [.. others.Where(e => e.Value.Namespace == entry.Namespace && e.Value.ContainedAt is not null).Select(e => e.Value.ContainedAt!.Value)],
            RemovalsInHour = [.. removals.Where(r => r.Namespace == entry.Namespace).Select(r => r.At)],
            RemovalsOfPolicyInHour = [.. removals.Select(r => r.At)],
            InFlightOfPolicy = ofPolicy.Count,
            PolicyTurn = turns.Refuse(SharedLimit.PolicySlots, settings.ReplaceMaxConcurrent, [.. ofPolicy.Select(e => e.Namespace)], entry.Namespace, Asking(SharedLimit.PolicySlots, e => e.Policy == entry.Policy), now),
            InFlightInCluster = inFlight.Count,
            MaxInFlightInCluster = ofCluster,
            ClusterTurn = full
                ? new(Reasons.ReplacementLimit, "the slots that RecoveryPolicies may use in the cluster are taken", now + FairTurns.Recheck) { Limit = SharedLimit.NamespaceShare }
                : turns.Refuse(SharedLimit.ClusterSlots, ofCluster, [.. inFlight.Select(e => e.Namespace)], entry.Namespace, Asking(SharedLimit.ClusterSlots, _ => true), now),
            OtherOnWorkload = entry.Workload is null ? null : others.Where(e => e.Value.InFlight && e.Value.Workload == entry.Workload && (e.Value.Policy.IsCluster || !entry.Policy.IsCluster)).Select(e => e.Key.ToString()).FirstOrDefault(),
            OtherDraining = others.Where(e => e.Value.Draining).Select(e => e.Key.ToString()).FirstOrDefault(),
            BreakerOpenUntil = Later(breakers.Of(entry.Policy, entry.Namespace, now, reset)?.Until, breakers.Of(entry.Policy, null, now, reset)?.Until),
        };
    }

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one > other || other is null ? one : other;
}

/// <summary>What a policy uses of its limits.</summary>
/// <param name="StartedLastHour">Replacements within the hour, in all namespaces.</param>
/// <param name="MostInOneNamespace">Those in the namespace where most of them were.</param>
/// <param name="Breaker">The breaker of the whole policy, while it is open.</param>
/// <param name="Namespaces">The open breakers of single namespaces.</param>
internal sealed record PolicyUse(int StartedLastHour, int MostInOneNamespace, OpenBreaker? Breaker, IReadOnlyList<(string Namespace, OpenBreaker Breaker)> Namespaces)
{
    /// <summary>The share of `maxPerHour` that is used: in one namespace, or in all of them.</summary>
    public double UsedOf(int maxPerHour) => Math.Max((double)MostInOneNamespace / maxPerHour, (double)StartedLastHour / (maxPerHour * Limits.NamespacesPerPolicy));
}
