using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning;

/// <summary>Whole recoveries that go through. Each file in Transcripts is meant to be read.</summary>
public sealed class TranscriptTests
{
    [Fact]
    public void A_pod_of_a_trusted_template_is_detached_at_once() => Transcript.Check("trusted-template", new World
    {
        Title = "The template names a trusted digest: containing also detaches, and the replacement starts at once",
        Template = Images.Pinned,
    }.Running());

    [Fact]
    public void A_poisoned_tag_is_pinned_in_place_and_poisoned_siblings_go_one_by_one() => Transcript.Check("poisoned-tag", new World
    {
        Title = "The tag was poisoned, so all three replicas run the bad digest: pinned in place, siblings one by one",
    }.Running());

    [Fact]
    public void The_middle_of_a_rollout_is_pinned_by_rolling_out() => Transcript.Check("middle-of-a-rollout", new World
    {
        Title = "A rollout to a poisoned tag has made its first pod, which is compromised: held while evidence is gathered, then rolled out pinned",
        Registry = { ["v1"] = Images.Good },
    }.RollingOutTo(Images.TaggedV2, target: 3));

    [Fact]
    public void A_Deployment_that_its_user_paused_stays_paused() => Transcript.Check("paused-by-its-user", new World
    {
        Title = "Its user had paused the Deployment: it is pinned all the same, and stays paused",
    }.Running().PausedByItsUser());

    [Fact]
    public void A_rollout_that_its_user_paused_is_pinned_in_place() => Transcript.Check("paused-in-a-rollout", new World
    {
        Title = "Its user had paused the Deployment in the middle of a rollout: every ReplicaSet is pinned in place, and it stays paused",
    }.RollingOutTo(Images.TaggedV2, target: 3).PausedByItsUser());

    [Fact]
    public void A_StatefulSet_is_pinned_and_the_compromised_pod_goes_at_once() => Transcript.Check("statefulset", new World
    {
        Title = "A StatefulSet on a poisoned tag: pinned, the compromised pod goes at once by its UID, the others by the rollout or by us",
        Owner = OwnerKind.StatefulSet,
    }.Running());

    [Fact]
    public void A_StatefulSet_on_OnDelete_is_pinned_and_its_pods_go_one_by_one() => Transcript.Check("statefulset-on-delete", new World
    {
        Title = "A StatefulSet on OnDelete rolls nothing by itself: pinned, then one pod after the other",
        Owner = OwnerKind.StatefulSet,
        OnDelete = true,
    }.Running(target: 1));

    [Fact]
    public void Below_a_partition_only_a_person_helps() => Transcript.Check("statefulset-partition", new World
    {
        Title = "The compromised pod is below the partition, where the next one comes from the old revision: blocked until it is lowered",
        Owner = OwnerKind.StatefulSet,
        Partition = 2,
    }.Running().After(TimeSpan.FromMinutes(5), "somebody lowers the partition", w => w.Partition = 0));

    [Fact]
    public void Above_a_partition_a_pod_is_replaced_and_those_below_are_told() => Transcript.Check("statefulset-above-partition", new World
    {
        Title = "The compromised pod is above the partition: replaced, then blocked for those below",
        Owner = OwnerKind.StatefulSet,
        Partition = 1,
    }.Running(target: 2).After(TimeSpan.FromMinutes(5), "somebody takes the partition away", w => w.Partition = 0));

    [Fact]
    public void A_pod_of_a_StatefulSet_with_a_trusted_template_is_deleted_never_detached() => Transcript.Check("statefulset-trusted-template", new World
    {
        Title = "A StatefulSet whose template is trusted: the pod holds its name, so it is deleted and not kept",
        Owner = OwnerKind.StatefulSet,
        Template = Images.Pinned,
        Settings = new() { RetainOriginalFor = TimeSpan.FromHours(1) },
    }.Running());

    [Fact]
    public void A_DaemonSet_waits_for_a_person() => Transcript.Check("daemonset", new World
    {
        Title = "A pod of a DaemonSet on a poisoned tag: a person is asked, then it is pinned and rolled",
        Owner = OwnerKind.DaemonSet,
    }.Running().After(TimeSpan.FromMinutes(4), "alice approves the plan", Approve));

    [Fact]
    public void A_Job_goes_on_with_another_pod() => Transcript.Check("job", new World
    {
        Title = "A pod of a Job whose template is trusted: detached, so that the Job counts no failure and makes another",
        Owner = OwnerKind.Job,
        Replicas = 1,
        Template = Images.Pinned,
    }.Running().After(TimeSpan.FromMinutes(1), "the Job is complete", w => w.CompleteJobs()));

    [Fact]
    public void A_Job_on_a_poisoned_tag_is_left_to_a_person() => Transcript.Check("job-immutable", new World
    {
        Title = "A Job on a poisoned tag, whose template nobody can change: contained and blocked, until somebody deletes the Job",
        Owner = OwnerKind.Job,
        Replicas = 1,
    }.Running().After(TimeSpan.FromMinutes(20), "somebody makes the Job anew", w => w.DeleteJob()));

    [Fact]
    public void Pods_of_a_Job_are_pinned_at_admission() => Transcript.Check("job-by-admission", new World
    {
        Title = "Two pods of a Job on a poisoned tag, pinned at admission: revoked, then detached one after the other",
        Owner = OwnerKind.Job,
        Replicas = 2,
        Offer = new() { PinsTags = true, RefusesRevoked = true },
        Settings = new() { Revoke = true },
    }.Running());

    [Fact]
    public void A_pod_that_has_finished_is_left_where_it_is() => Transcript.Check("job-finished", new World
    {
        Title = "The Job is complete before anybody looks: its pod runs nothing, and there is nothing to replace",
        Owner = OwnerKind.Job,
        Replicas = 1,
    }.Running().After(TimeSpan.Zero, "the Job is complete", w => w.CompleteJobs()));

    [Fact]
    public void A_CronJob_is_pinned_and_its_Job_left_to_a_person() => Transcript.Check("cronjob", new World
    {
        Title = "A CronJob on a poisoned tag: pinned for its next Jobs, blocked for the one that runs",
        Owner = OwnerKind.CronJob,
        Replicas = 1,
    }.Running().After(TimeSpan.FromMinutes(20), "somebody deletes the Job", w => w.DeleteJob())
        .After(TimeSpan.FromMinutes(21), "the schedule comes", w => w.Schedule()));

    [Fact]
    public void A_CronJob_is_pinned_after_its_Job_has_finished() => Transcript.Check("cronjob-finished", new World
    {
        Title = "The Job of a CronJob is complete: only its next Jobs matter",
        Owner = OwnerKind.CronJob,
        Replicas = 1,
    }.Running().After(TimeSpan.Zero, "the Job is complete", w => w.CompleteJobs()));

    [Fact]
    public void An_owner_of_another_kind_is_pinned_and_rolls_out_as_it_does() => Transcript.Check("another-kind", new World
    {
        Title = "A Rollout, which is none of Kubernetes' own kinds: pinned at its template, then it rolls out by itself",
        Owner = OwnerKind.Other,
        OwnerName = "Rollout web",
    }.Running());

    [Fact]
    public void What_a_GitOps_tool_manages_is_waited_for_where_the_policy_says_so() => Transcript.Check("gitops-wait", new World
    {
        Title = "The Deployment comes from a repository, and the policy waits for the commit: contained, blocked, and then rolled out by the tool",
        ManagedBy = "Argo CD application web",
        Settings = new() { WaitForCommit = true },
    }.Running().After(TimeSpan.FromMinutes(15), "somebody commits the digest", w => w.Template = Images.Pinned));

    [Fact]
    public void The_only_replica_waits_for_a_person() => Transcript.Check("recreate-one-replica", new World
    {
        Title = "Strategy Recreate with one replica: it is the last Ready pod, so a person is asked",
        Replicas = 1,
        Recreate = true,
    }.Running().After(TimeSpan.FromMinutes(3), "alice approves the plan", Approve));

    [Fact]
    public void One_replica_is_replaced_without_asking_where_the_policy_says_so() => Transcript.Check("one-replica", new World
    {
        Title = "One replica, and the policy lets the last Ready pod go: 25 % of one is one",
        Replicas = 1,
        Settings = new() { ApproveLastReadyPod = false },
    }.Running());

    [Fact]
    public void An_image_that_nobody_lists_blocks_until_somebody_does() => Transcript.Check("no-trusted-image", new World
    {
        Title = "No TrustedImage lists the repository: contained and blocked, until one does",
        Trust = Images.NothingIsListed,
    }.Running().After(TimeSpan.FromMinutes(20), "a TrustedImage lists the good digest", w => w.Trust = Images.GoodIsListed));

    [Fact]
    public void Contain_waits_for_an_approval() => Transcript.Check("contain-approved", new World
    {
        Title = "Mode Contain: quarantined at once, replaced when approved",
        Settings = new() { Mode = RecoveryMode.Contain },
    }.Running().After(TimeSpan.FromMinutes(7), "alice approves the plan", Approve));

    [Fact]
    public void A_budget_is_respected_and_then_overridden_for_each_pod() => Transcript.Check("disruption-budget", new World
    {
        Title = "A PodDisruptionBudget allows nothing, for ever: respected for its time, then overridden with an audit line, for every pod anew",
        Replicas = 2,
        Budget = "web",
    }.Running());

    [Fact]
    public void A_budget_that_frees_in_time_is_not_overridden() => Transcript.Check("disruption-budget-frees", new World
    {
        Title = "A PodDisruptionBudget frees after two minutes, and nothing is overridden",
        Template = Images.Pinned,
        Budget = "web",
    }.Running().After(TimeSpan.FromMinutes(2), "the budget allows a disruption", w => w.Budget = null));

    [Fact]
    public void The_original_is_kept_isolated() => Transcript.Check("retained-original", new World
    {
        Title = "The policy keeps the isolated original for a day",
        Settings = new() { RetainOriginalFor = TimeSpan.FromDays(1) },
    }.Running());

    [Fact]
    public void The_original_is_not_kept_where_its_connections_must_end() => Transcript.Check("connections-must-end", new World
    {
        Title = "The policy keeps the isolated original for a day, but its open connections must end: deleted once its evidence is captured",
        Template = Images.Pinned,
        Settings = new() { RetainOriginalFor = TimeSpan.FromDays(1), ConnectionsMustEnd = true },
    }.Running());

    [Fact]
    public void A_node_is_cordoned_before_the_replacement_starts() => Transcript.Check("cordon", new World
    {
        Title = "The policy cordons the node: only then the replacement may start, or it could land there",
        Template = Images.Pinned,
        Settings = new() { CordonNode = true },
        Node = new Node { Name = "node-1", OtherSchedulable = 2, MaxCordoned = 1 },
    }.Running());

    [Fact]
    public void A_node_is_drained_once_the_compromised_pod_is_replaced() => Transcript.Check("drain", new World
    {
        Title = "The policy drains the node: after the replacement, by evictions, waiting for a budget, and saying what stays",
        Template = Images.Pinned,
        Settings = new() { CordonNode = true, DrainNode = true },
        Node = new Node
        {
            Name = "node-1",
            OtherSchedulable = 2,
            MaxCordoned = 1,
            Pods = [new("shop", "api-1", "api-1", false, null), new("shop", "db-0", "db-0", false, null)],
            Left = ["2 of DaemonSets"],
        },
        Budgets = { ["db-0"] = "the disruption budget db needs 1 healthy pods and has 1 currently" },
    }.Running().After(TimeSpan.FromSeconds(20), "the budget allows it", w => w.Budgets.Clear()));

    [Fact]
    public void A_drain_that_a_budget_holds_up_for_ever_is_told() => Transcript.Check("drain-stalled", new World
    {
        Title = "A budget never lets a pod of the node go: blocked at the deadline, and the node stays cordoned",
        Template = Images.Pinned,
        Settings = new() { CordonNode = true, DrainNode = true, VerifyDeadline = TimeSpan.FromSeconds(30) },
        Node = new Node { Name = "node-1", OtherSchedulable = 2, MaxCordoned = 1, Pods = [new("shop", "db-0", "db-0", false, null)] },
        Budgets = { ["db-0"] = "the disruption budget db needs 1 healthy pods and has 1 currently" },
    }.Running().After(TimeSpan.FromMinutes(30), "the budget allows it", w => w.Budgets.Clear()));

    [Fact]
    public void A_cordon_that_keeps_the_replacement_from_its_only_room_is_lifted() => Transcript.Check("cordon-yields", new World
    {
        Title = "The cordoned node is the only one with room: the cordon is lifted rather than the workload kept down",
        Template = Images.Pinned,
        Settings = new() { CordonNode = true },
        Node = new Node { Name = "node-1", OtherSchedulable = 1, MaxCordoned = 1 },
        OtherNodesAreFull = true,
    }.Running());

    [Theory]
    [InlineData("cordon-last-node", 0, 0)]
    [InlineData("cordon-too-many", 2, 1)]
    public void A_node_that_must_stay_is_not_cordoned(string name, int others, int cordoned) => Transcript.Check(name, new World
    {
        Title = $"The node must not be cordoned, with {others} other schedulable nodes and {cordoned} of 1 cordoned: said, and gone on",
        Template = Images.Pinned,
        Settings = new() { CordonNode = true },
        Node = new Node { Name = "node-1", OtherSchedulable = others, CordonedByRecoveries = cordoned, MaxCordoned = 1 },
    }.Running());

    [Fact]
    public void A_target_that_is_gone_early_is_replaced_all_the_same() => Transcript.Check("target-gone-early", new World
    {
        Title = "Somebody deletes the compromised pod while evidence is gathered: its poisoned successor is replaced too",
        EvidenceTakes = TimeSpan.FromSeconds(4),
    }.Running().After(TimeSpan.FromSeconds(1), "somebody deletes the pod", w => w.DeleteTarget()));

    [Fact]
    public void A_revoked_digest_is_planned_again_in_mid_flight() => Transcript.Check("revoked-in-mid-flight", new World
    {
        Title = "The digest that was pinned is revoked during the soak: another one is pinned, its pods are replaced once more",
        Replicas = 2,
        Trust = Images.Trusting((Images.Good, ["v1"])),
    }.Running().After(TimeSpan.FromSeconds(60), "the digest is revoked and a better one listed", w =>
        w.Trust = Images.Trusting((Images.Good, ["v1"]), (Images.Better, ["v1"])).Revoking(Images.Good)));

    [Fact]
    public void Evidence_that_takes_too_long_ends_at_its_deadline() => Transcript.Check("evidence-deadline", new World
    {
        Title = "Evidence would take an hour: it ends at its deadline and the recovery goes on",
        Template = Images.Pinned,
        EvidenceTakes = TimeSpan.FromHours(1),
    }.Running());

    [Fact]
    public void A_pull_that_fails_blocks_and_a_late_success_counts() => Transcript.Check("pull-failure", new World
    {
        Title = "The registry does not answer for half an hour: blocked with the kubelet's words, then the late success counts",
        PullsFail = true,
    }.Running().After(TimeSpan.FromMinutes(30), "the registry answers", w => w.PullsFail = false));

    [Fact]
    public void A_policy_that_is_removed_is_put_back_however_often_with_growing_pauses() => Transcript.Check("network-policy-removed", new World
    {
        Title = "Somebody removes the quarantine NetworkPolicy while a person is awaited: put back each time, with growing pauses",
        Settings = new() { Mode = RecoveryMode.Contain },
    }.Running().Repeatedly(9, "somebody removes the NetworkPolicy", w => w.QuarantinePolicy = false));

    [Fact]
    public void What_ran_and_is_not_revoked_is_pinned_where_that_is_enough() => Transcript.Check("not-revoked", new World
    {
        Title = "The policy asks only that nothing revoked runs: the tag is pinned to the digest that ran",
        Trust = Images.NothingIsListed with { Require = TrustRequirement.NotRevoked },
    }.Running());

    internal static void Approve(World world) => world.Approval = new(true, RecoveryPlan.For(world.Observe()).Hash, "alice");
}
