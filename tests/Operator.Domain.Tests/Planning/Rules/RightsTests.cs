using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;

namespace Operator.Domain.Tests.Planning.Rules;

public sealed class RightsTests
{
    private static Observation Unwritable(Observation seen) => seen with { Surroundings = seen.Surroundings with { TemplatesUnwritable = "the role is not granted" } };

    [Fact]
    public void A_template_that_must_be_pinned_and_may_not_blocks_before_anything_is_destroyed() =>
        Unwritable(Seen.Captured()).Says().Should().StartWith("BLOCKED (NotPermitted)").And.Contain("the role is not granted").And.EndWith("woken by that role, or the workload's template");

    [Fact]
    public void A_template_that_names_trusted_digests_needs_no_right() =>
        Unwritable(Seen.Captured() with { Workload = Seen.Deployment(Images.Pinned) }).Says().Should().StartWith("record the start: AlreadyTrusted");

    [Fact]
    public void A_right_that_is_lost_halfway_blocks_what_is_left() =>
        Unwritable(Seen.Started()).Says().Should().StartWith("BLOCKED (NotPermitted)");

    [Fact]
    public void A_missing_digest_is_said_before_a_missing_right() =>
        Unwritable(Seen.Captured() with { Trust = Images.NothingIsListed }).Says().Should().StartWith("BLOCKED (NoTrustedDigest)");
}
