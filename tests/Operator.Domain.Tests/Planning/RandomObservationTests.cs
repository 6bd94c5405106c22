using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning;

/// <summary>Observations at random from fixed seeds, sensible or not: a decision comes, it is safe, and what it waits for can come.</summary>
public sealed class RandomObservationTests
{
    private static readonly IReadOnlyList<TemplateContainer>[] Templates = [Images.Tagged, Images.TaggedV2, Images.Pinned, [new("app", $"shop/web@{Images.Bad}")], [new("app", "auto"), new("files", $"shop/files@{Images.Bad}", IsVolume: true)], [new("app", "other:v1"), .. Images.Pinned], []];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_is_seen_the_decision_is_safe(int seed)
    {
        var random = new Random(seed);
        var kinds = new HashSet<string>();
        for (var round = 0; round < 5_000; round++)
        {
            var seen = Any(random);
            var decision = Decided(seen, seed, round);
            kinds.Add(decision is Decision.Act a ? a.Step.GetType().Name : decision.GetType().Name);
            switch (decision)
            {
                case Decision.Act { Step: var step }:
                    Safety.Check(seen, step);
                    break;
                case Decision.Wait wait when wait.Until <= seen.Now:
                    wait.Until.Should().BeAfter(seen.Now, "seed {0}, round {1}: {2}", seed, round, wait);
                    break;
                case Decision.Block block when block.WokenBy.Length == 0:
                    block.WokenBy.Should().NotBeEmpty();
                    break;
            }
        }
        kinds.Should().HaveCountGreaterThan(15, "observations reach nearly every decision");
    }

    private static Decision Decided(Observation seen, int seed, int round)
    {
        try
        {
            _ = RecoveryPlan.For(seen);
            return RecoveryPlanner.Decide(seen);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"seed {seed}, round {round}: {seen}", failure);
        }
    }

    private static Observation Any(Random random)
    {
        bool Maybe(int percent = 50) => random.Next(100) < percent;
        DateTimeOffset Around() => Seen.Now.AddSeconds(random.Next(-7200, 7200));
        DateTimeOffset? Perhaps(int percent) => Maybe(percent) ? Around() : null;
        T One<T>(params T[] of) => of[random.Next(of.Length)];

        Pod AnyPod(int number) => Seen.Pod($"web-{number}", One(Images.Good, Images.Bad, Images.Better)) with
        {
            ReplicaSet = One("rs-1", "rs-2", null),
            Job = One("job-1", "job-2", null),
            Ready = Maybe(80),
            Finished = Maybe(3),
            CreatedAt = Perhaps(90),
            TerminatingSince = Perhaps(10),
            Finalizers = Maybe(10) ? ["example.com/hold"] : [],
            Quarantined = Maybe(number == 1 ? 85 : 10),
            ContainedAt = Perhaps(50),
            DetachedAt = Perhaps(5),
            RetainUntil = Perhaps(5),
            FirstInRollout = Maybe(70),
            HostNetwork = Maybe(5),
            HoldsExclusively = Maybe(5),
            Ordinal = Maybe(50) ? number : null,
            Critical = Maybe(5),
            Problem = Maybe(5) ? ("ErrImagePull", "no") : null,
        };

        var pods = Enumerable.Range(1, random.Next(0, 5)).Select(AnyPod).ToList();
        var target = pods.Count > 0 && Maybe(70) ? pods[0] with { Name = "web-1", Uid = Seen.Target.Uid } : null;
        if (target is not null)
            pods[0] = target;
        var started = Maybe(60);
        var template = One(Templates);
        var kind = One(OwnerKind.Deployment, OwnerKind.Deployment, OwnerKind.ReplicaSet, OwnerKind.StatefulSet, OwnerKind.DaemonSet, OwnerKind.Job, OwnerKind.CronJob, OwnerKind.Other);
        return Seen.Fresh() with
        {
            Now = Around(),
            Episode = Seen.Fresh().Episode with
            {
                Owner = Maybe(85) ? kind : One(Enum.GetValues<OwnerKind>()),
                Cancelled = Maybe(8),
                Approval = Maybe(15) ? new(Maybe(80), One(null, "hash"), One(null, "alice")) : null,
                UncheckedApprovalsAllowed = Maybe(),
                ApprovalChecker = One(null, "policy (1)"),
                DoubtfulFinding = Maybe(10) ? "made by hand" : null,
                Settings = new()
                {
                    Mode = Maybe(80) ? RecoveryMode.Recover : One(Enum.GetValues<RecoveryMode>()),
                    DenyNetwork = Maybe(80),
                    CordonNode = Maybe(20),
                    DrainNode = Maybe(20),
                    MayPin = Maybe(90),
                    PinAtAdmission = Maybe(90),
                    Revoke = Maybe(),
                    WaitForCommit = Maybe(20),
                    RetainOriginalFor = Maybe(20) ? TimeSpan.FromHours(1) : TimeSpan.Zero,
                    RespectDisruptionBudgets = Maybe(),
                    ApproveLastReadyPod = Maybe(),
                    Require = Maybe(85) ? TrustRequirement.Listed : TrustRequirement.NotRevoked,
                    ReplaceMaxPerHour = One(0, 1, 20),
                    ContainMaxPerNamespace = One(0, 1, 50, 50),
                    MaxUnavailable = One((25, true), (0, false), (3, false)),
                },
            },
            Progress = new()
            {
                Path = started ? One(Enum.GetValues<PinPath>()) : null,
                Condemned = started && Maybe() ? [$"shop/web:v1@{One(Images.Good, Images.Bad)}"] : [],
                Images = started && Maybe() ? [new("app", One(Images.Pinned[0].Image, $"shop/web:v1@{Images.Bad}"), "web")] : [],
                ReplacementStartedAt = started ? Around() : null,
                Removals = started ? [new(Seen.Target.Uid, Around()), .. pods.Skip(1).Where(_ => Maybe(30)).Select(p => new RemovedPod(p.Uid, Around()))] : [],
                SoakStartedAt = started ? Perhaps(40) : null,
                NetworkPolicyRestored = random.Next(7),
                DrainStartedAt = Perhaps(20),
                NodeDrainedAt = Perhaps(5),
                CordonYielded = Maybe(10),
                BudgetBlockedSince = Perhaps(20),
                ApprovalAwaitedSince = Perhaps(20),
            },
            Trust = One(Images.GoodIsListed, Images.GoodIsListed, Images.NothingIsListed, Images.GoodIsListed.Revoking(Images.Good), Images.Trusting((Images.Good, ["v1"]), (Images.Better, ["v1"])))
                with
            { Require = Maybe(85) ? TrustRequirement.Listed : TrustRequirement.NotRevoked },
            Target = target,
            WorkloadUnknown = Maybe(3) ? "not granted" : null,
            Workload = Maybe(8) ? null : new Workload
            {
                Kind = kind,
                Name = "web",
                Uid = "uid-web",
                Replicas = random.Next(0, 4),
                Deleting = Maybe(3),
                Paused = Maybe(30),
                PausedBy = One(null, World.Name, "shop/another"),
                PinnedBy = One(null, World.Name, "shop/another"),
                Pins = random.Next(4),
                ManagedBy = Maybe(20) ? "Argo CD application web" : null,
                RevertedBy = Maybe(20) ? "argocd-controller" : null,
                Settled = Maybe(90),
                Template = template,
                OnDelete = Maybe(30),
                Held = kind == OwnerKind.StatefulSet && Maybe(40) ? new("web-r1", random.Next(1, 4), One(Templates)) : null,
                ReplicaSets = kind is not (OwnerKind.Deployment or OwnerKind.ReplicaSet or OwnerKind.Other) ? [] : [.. Enumerable.Range(1, random.Next(0, 3)).Select(i => new ReplicaSet { Name = $"rs-{i}", Uid = $"uid-rs-{i}", Current = i == 1, Template = Maybe(80) ? template : One(Templates) })],
                Jobs = kind is OwnerKind.Job or OwnerKind.CronJob ? [.. Enumerable.Range(1, random.Next(0, 3)).Select(i => new Job($"job-{i}", $"uid-job-{i}", kind == OwnerKind.Job || Maybe(80) ? template : One(Templates)))] : [],
                Finished = kind == OwnerKind.Job && Maybe(10),
                Problem = Maybe(5) ? ("QuotaExceeded", "no") : null,
            },
            Pods = pods,
            EvidenceCaptured = Maybe(75),
            Admission = new()
            {
                PinsTags = Maybe(70),
                RefusesRevoked = Maybe(70),
                RefusesUnlisted = Maybe(30),
                CanRevoke = Maybe(70),
                Trial = Maybe(20) ? null : new()
                {
                    Became = Templates.SelectMany(t => t).Select(c => c.Image).Distinct().Where(_ => Maybe(80)).ToDictionary(i => i, i => Maybe(80) ? $"{i.Split('@')[0]}@{One(Images.Good, Images.Better)}" : i),
                    Refused = Maybe(70) ? new HashSet<string> { $"shop/web:v1@{Images.Bad}", $"shop/web:v1@{Images.Good}" } : new HashSet<string>(),
                    Problem = Maybe(10) ? "no" : null,
                },
            },
            Surroundings = new()
            {
                ProtectedBecause = Maybe(3) ? "so" : null,
                QuarantinePolicyPresent = Maybe(85),
                BlockingDisruptionBudget = Maybe(10) ? "web" : null,
                TemplatesUnwritable = Maybe(10) ? "not granted" : null,
                Node = Maybe(50) ? new() { Name = "node-1", Forbidden = Maybe(10) ? "not granted" : null, Unschedulable = Maybe(), HeldByRecoveries = Maybe(), HeldByThis = Maybe(), OtherSchedulable = random.Next(2), MaxCordoned = random.Next(2), Pods = Maybe() ? [] : [new("shop", "db-0", "uid-db", Maybe(), One(null, "a budget"))] } : null,
            },
            Usage = new()
            {
                ContainedInNamespace = [.. Enumerable.Range(0, random.Next(0, 3)).Select(_ => Around())],
                RemovalsInHour = [.. Enumerable.Range(0, random.Next(0, 3)).Select(_ => Around())],
                InFlightOfPolicy = random.Next(0, 4),
                OtherDraining = Maybe(20) ? "shop/other" : null,
                OtherOnWorkload = Maybe(5) ? "shop/other" : null,
                BreakerOpenUntil = Perhaps(10),
            },
            FindingsOnReplacements = Maybe(5) ? [World.Rule] : [],
            History = new() { Recompromised = Maybe(5) ? 3 : 0, RuleFiredAgain = Maybe(3) ? World.Rule : null },
        };
    }
}
