using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;

namespace Operator.Domain.Tests.Planning.Rules;

public sealed class ContainmentTests
{
    private static readonly Node Node = new() { Name = "node-1", OtherSchedulable = 2, MaxCordoned = 1 };

    [Fact]
    public void The_policy_comes_before_the_label() => (Seen.Fresh() with { Surroundings = new() }).Says().Should().Be("install the quarantine NetworkPolicy");

    [Fact]
    public void Without_network_isolation_the_label_alone_is_put() =>
        (Seen.Fresh() with { Surroundings = new() }).With(s => s with { DenyNetwork = false }).Says().Should().Be("contain web-1");

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(4, 15, false)]
    [InlineData(4, 16, true)]
    [InlineData(1000, 59, false)]
    [InlineData(1000, 60, true)]
    public void A_policy_that_somebody_removes_is_put_back_however_often_after_a_growing_pause(int restored, int secondsAgo, bool again)
    {
        var seen = Seen.Captured() with { Surroundings = new(), Progress = new() { NetworkPolicyRestored = restored, NetworkPolicyInstalledAt = Seen.Now.AddSeconds(-secondsAgo) } };
        seen.Says().Should().StartWith(again ? "put the quarantine NetworkPolicy back" : "record the start");
        if (!again)
            RecoveryPlanner.QuarantineDue(seen).Should().Be(Seen.Now.AddSeconds(1), "it is looked at again when the pause is over");
    }

    [Fact]
    public void A_policy_that_cannot_be_read_or_installed_keeps_nobody_from_being_labelled_and_is_looked_at_again()
    {
        var seen = Seen.Fresh() with { Surroundings = new() { QuarantinePolicyProblem = new("quota", Refused: true, TimeSpan.FromSeconds(30)) } };
        seen.Says().Should().Be("contain web-1");
        RecoveryPlanner.QuarantineDue(seen).Should().Be(Seen.Now.AddSeconds(30));
    }

    [Fact]
    public void A_cluster_wide_deny_needs_no_policy_beside_it()
    {
        var seen = Seen.Fresh() with { Surroundings = new() { ClusterDeny = "ClusterNetworkPolicy immutable-recovery-quarantine" } };
        seen.Says().Should().Be("contain web-1");
        RecoveryPlanner.QuarantineDue(seen).Should().BeNull();
    }

    [Fact]
    public void A_deny_that_selects_pods_alone_has_a_policy_beside_it_that_is_put_back()
    {
        var seen = Seen.Fresh() with { Surroundings = new() { ClusterDeny = "ClusterNetworkPolicy immutable-recovery-quarantine", ClusterDenyOnlyPods = true } };
        seen.Says().Should().Be("install the quarantine NetworkPolicy");
        (seen with { Surroundings = seen.Surroundings with { QuarantinePolicyPresent = true } }).Says().Should().Be("contain web-1");
    }

    [Fact]
    public void Containment_has_a_limit_of_its_own_and_knows_no_breaker()
    {
        var used = new Usage { ContainedInNamespace = [.. Enumerable.Repeat(Seen.Now - TimeSpan.FromMinutes(1), 50)] };
        (Seen.Fresh() with { Usage = used }).Says().Should().StartWith("wait until 0.00:09:00").And.Contain("ContainmentLimit");
        (Seen.Fresh() with { Usage = new() { BreakerOpenUntil = Seen.Now.AddHours(1), InFlightOfPolicy = 99 } }).Says().Should().Be("contain web-1");
    }

    [Fact]
    public void A_mirror_pod_is_not_labelled_and_its_node_is_still_cordoned()
    {
        var mirror = Seen.Fresh() with { Workload = null, Pods = [], Surroundings = new() { Node = Node }, Episode = Seen.Fresh().Episode with { Owner = OwnerKind.Node } };
        mirror.With(s => s with { CordonNode = true }).Says().Should().Be("cordon node-1");
        mirror.Says().Should().StartWith("capture the evidence");
    }

    [Fact]
    public void A_critical_pod_is_not_even_labelled_before_a_person_says_so()
    {
        var critical = Seen.Fresh().WithTarget(p => p with { Critical = true });
        critical.Says().Should().Contain("AwaitingApproval").And.Contain("system-critical");
        (critical with { Episode = critical.Episode with { Approval = new(true, RecoveryPlan.For(critical).Hash, "alice"), UncheckedApprovalsAllowed = true } }).Says().Should().Be("contain web-1");
    }

    public static TheoryData<string, Node, string?> Nodes => new()
    {
        { "free", Node, null },
        { "ours", Node with { Unschedulable = true, HeldByRecoveries = true, HeldByThis = true, OtherSchedulable = 0 }, null },
        { "another recovery's", Node with { Unschedulable = true, HeldByRecoveries = true, OtherSchedulable = 0, CordonedByRecoveries = 1 }, null },
        { "somebody else's", Node with { Unschedulable = true }, "node node-1 was already cordoned by somebody else and is left as it is" },
        { "not ours to touch", Node with { Forbidden = "a role is missing" }, "node node-1 is not cordoned: a role is missing" },
        { "the last", Node with { OtherSchedulable = 0 }, "node node-1 is the last schedulable one and is not cordoned" },
        { "one too many", Node with { CordonedByRecoveries = 1 }, "node node-1 is not cordoned: recoveries already hold 1 nodes" },
    };

    [Theory]
    [MemberData(nameof(Nodes))]
    public void A_node_is_cordoned_unless_that_would_do_harm(string which, Node node, string? refusal)
    {
        RecoveryPlanner.RefusalToCordon(node).Should().Be(refusal, which);
        var says = (Seen.Captured() with { EvidenceCaptured = false, Surroundings = new() { QuarantinePolicyPresent = true, Node = node } }).With(s => s with { CordonNode = true }).Says();
        says.StartsWith("cordon", StringComparison.Ordinal).Should().Be(refusal is null && !node.HeldByThis, says);
    }

    public static TheoryData<string, Observation, bool> Detaching
    {
        get
        {
            var safe = Seen.Fresh() with { Workload = Seen.Deployment(Images.Pinned) };
            return new()
            {
                { "a trusted template", safe, true },
                { "an untrusted template", Seen.Fresh(), false },
                { "an untrusted ReplicaSet", safe with { Workload = safe.Workload! with { ReplicaSets = Seen.Deployment(Images.Tagged).ReplicaSets } }, false },
                { "mode Contain", safe.With(s => s with { Mode = RecoveryMode.Contain }), false },
                { "the node's network", safe.WithTarget(p => p with { HostNetwork = true }), false },
                { "a volume its successor needs", safe.WithTarget(p => p with { HoldsExclusively = true }), false },
                { "already stopping", safe.WithTarget(p => p with { TerminatingSince = Seen.Now }), false },
                { "no ReplicaSet that wants pods", safe.WithTarget(p => p with { ReplicaSet = "rs-0" }), false },
                { "scaled to zero", safe with { Workload = safe.Workload! with { Replicas = 0 } }, false },
                { "a workload that is going", safe with { Workload = safe.Workload! with { Deleting = true } }, false },
                { "an open breaker", safe with { Usage = new() { BreakerOpenUntil = Seen.Now.AddMinutes(1) } }, false },
                { "a budget", safe with { Surroundings = safe.Surroundings with { BlockingDisruptionBudget = "web" } }, false },
                { "the last Ready pod", safe with { Pods = [.. safe.Pods.Take(1)] }, false },
                { "an escalation", safe with { History = new() { Recompromised = 9 } }, false },
                { "a node to be cordoned first", (safe with { Surroundings = safe.Surroundings with { Node = Node } }).With(s => s with { CordonNode = true }), false },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Detaching))]
    public void Containing_detaches_where_the_replacement_is_trusted_and_permitted_now(string with, Observation seen, bool detaches) =>
        seen.Says().Should().Be(detaches ? "contain web-1 and detach it" : "contain web-1", with);
}
