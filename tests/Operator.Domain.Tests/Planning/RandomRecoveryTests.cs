using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning;

/// <summary>
/// Whole recoveries in toy clusters to which things happen at random from fixed seeds: each ends or says what it waits for,
/// without a loop, each step safe, and what ends well has left nothing untrusted or paused.
/// </summary>
public sealed class RandomRecoveryTests
{
    private static readonly (string What, Action<World> Happens)[] Happenings =
    [
        ("somebody deletes the target", w => { if (w.Target is { Terminating: false }) w.DeleteTarget(); }),
        ("the workload is scaled up", w => w.Replicas++),
        ("the workload is scaled down", w => w.Replicas = Math.Max(0, w.Replicas - 1)),
        ("somebody applies another tag", w => w.Template = Images.TaggedV2),
        ("somebody applies the tag", w => w.Template = Images.Tagged),
        ("somebody applies a digest", w => w.Template = Images.Pinned),
        ("the digest is revoked for a better one", w => w.Trust = Images.Trusting((Images.Good, ["v1", "v2"]), (Images.Better, ["v1", "v2"])).Revoking(Images.Good)),
        ("nothing is listed any longer", w => w.Trust = Images.NothingIsListed),
        ("the digest is listed again", w => w.Trust = Images.GoodIsListed),
        ("somebody removes the NetworkPolicy", w => w.QuarantinePolicy = false),
        ("a budget allows nothing", w => w.Budget = "web"),
        ("the budget allows a disruption", w => w.Budget = null),
        ("the registry does not answer", w => w.PullsFail = true),
        ("the registry answers", w => w.PullsFail = false),
        ("the partition is taken away", w => w.Partition = 0),
        ("its user pauses the Deployment", w => w.PausedByItsUser()),
        ("three replacements are in flight for two minutes", w =>
        {
            w.Usage = new() { InFlightOfPolicy = 3 };
            w.After(w.Now - World.Start + TimeSpan.FromMinutes(2), "they are done", later => later.Usage = new());
        }),
        ("the namespace is pinned at admission", w => w.Offer = new() { PinsTags = true, RefusesRevoked = true }),
        ("the namespace requires listed images", w => w.Offer = w.Offer with { RefusesUnlisted = true }),
        ("admission offers nothing any longer", w => w.Offer = AdmissionOffer.None),
        ("the policies lose sight of the trusted image", w => w.TrustArrived = false),
        ("the policies see the trusted image", w => w.TrustArrived = true),
        ("the right to revoke is taken away", w => w.CanRevoke = false),
        ("alice approves", TranscriptTests.Approve),
        ("somebody cancels it", w => w.Cancelled = true),
        ("the workload is deleted", w => w.WorkloadGone = true),
        ("the Job is complete", w => w.CompleteJobs()),
        ("the schedule comes", w => { if (w.Owner == OwnerKind.CronJob) w.Schedule(); }),
        ("a finding on a replacement", w => w.FindingsOnReplacements = [World.Rule]),
    ];

    [Theory]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(300)]
    public void Whatever_happens_it_comes_to_an_end_or_says_what_it_waits_for(int first)
    {
        for (var seed = first; seed < first + 100; seed++)
        {
            var world = Any(new Random(seed));
            var told = Transcript.Tell(world);
            var ended = told.Contains("  END ", StringComparison.Ordinal);
            (ended || told.Contains("BLOCKED", StringComparison.Ordinal)).Should().BeTrue("seed {0}:\n{1}", seed, told);
            // What an end that the protocol did not reach by itself leaves paused is the sweeper's.
            if (!world.WorkloadGone && (told.Contains("(Verified)", StringComparison.Ordinal) || told.Contains("(Cancelled)", StringComparison.Ordinal)))
                world.PausedBy.Should().BeNull("seed {0} ends with nothing paused by us:\n{1}", seed, told);
            if (told.Contains("(Verified)", StringComparison.Ordinal))
                world.Pods.Where(p => p is { Terminating: false, DetachedAt: null, Finished: false }).Should().NotContain(p => world.Observe().Judge(p) == TrustVerdict.Untrusted, "seed {0}:\n{1}", seed, told);
        }
    }

    private static readonly OwnerKind[] Others = [OwnerKind.StatefulSet, OwnerKind.DaemonSet, OwnerKind.Job, OwnerKind.CronJob, OwnerKind.Other];

    private static World Any(Random random)
    {
        bool Maybe() => random.Next(2) == 0;
        var world = new World
        {
            Title = "",
            Replicas = random.Next(1, 5),
            Recreate = random.Next(4) == 0,
            Owner = random.Next(2) == 0 ? OwnerKind.Deployment : Others[random.Next(Others.Length)],
            OnDelete = random.Next(3) == 0,
            Partition = random.Next(4) == 0 ? 2 : 0,
            Template = Maybe() ? Images.Tagged : Images.Pinned,
            EvidenceTakes = TimeSpan.FromSeconds(random.Next(1, 6)),
            Settings = new()
            {
                Mode = random.Next(5) == 0 ? RecoveryMode.Contain : RecoveryMode.Recover,
                RetainOriginalFor = Maybe() ? TimeSpan.FromHours(1) : TimeSpan.Zero,
                ApproveLastReadyPod = Maybe(),
                DenyNetwork = Maybe(),
                Revoke = Maybe(),
            },
            Offer = Maybe() ? AdmissionOffer.None : new() { PinsTags = true, RefusesRevoked = true, RefusesUnlisted = random.Next(3) == 0 },
            ParametersTake = TimeSpan.FromSeconds(Maybe() ? 0 : random.Next(0, 60)),
        };
        world = world.Owner == OwnerKind.Deployment && random.Next(3) == 0 ? world.RollingOutTo(Images.TaggedV2, target: random.Next(world.Replicas)) : world.Running();
        for (var count = random.Next(0, 6); count > 0; count--)
        {
            var (what, happens) = Happenings[random.Next(Happenings.Length)];
            world.After(TimeSpan.FromSeconds(random.Next(0, Maybe() ? 15 : 1200)), what, happens);
        }
        return world;
    }
}
