using static Operator.Admission.Tests.Installation;

namespace Operator.Admission.Tests;

/// <summary>What the operator's token can change in workloads.</summary>
public sealed class GuardOfTemplatesTests(Installation installation) : AdmissionTest(installation)
{
    private const string Guard = "immutable-recovery-guard", GuardImages = "immutable-recovery-guard-images", GuardRevoked = "immutable-recovery-guard-revoked";

    public static TheoryData<string> Kinds => Workload.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_listed_digest_of_the_same_image_may_be_pinned(string kind)
    {
        var workload = Workload.Of(kind);
        Assert.SkipUnless(workload.HasMutableTemplate, "the template of a Job is immutable");
        var path = await workload.MakeAsync(Installation);

        (await Installation.Operator.PatchAsync(path, workload.Image($"{Image}:1.4@{Listed}"))).ShouldBeAccepted();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task An_unlisted_digest_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Image($"{Image}:1.4@{Unlisted}"), GuardImages, $"TrustedImage cart does not list {Image}:1.4@{Unlisted}");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_revoked_digest_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Image($"{Image}:1.4@{Revoked}"), GuardRevoked, "ImageRevocationList incident revokes");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Another_repository_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Image($"docker.io/library/nginx@{Digest('e')}"), Guard, "its repository and its tag stay as they are");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Another_tag_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Image($"{Image}:1.5@{AlsoListed}"), Guard, "its repository and its tag stay as they are");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_tag_without_a_digest_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Image("elsewhere.example/tool:2"), Guard, "an image is pinned to a digest", image: "elsewhere.example/tool:1");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Any_other_field_of_a_container_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Template("""{"spec": {"containers": [{"name": "main", "env": [{"name": "B", "value": "2"}]}]}}"""), Guard, "nothing in a template but its images");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_command_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Template("""{"spec": {"containers": [{"name": "main", "command": ["sh"]}]}}"""), Guard, "nothing in a template but its images");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Another_container_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Template($$"""{"spec": {"containers": [{"name": "more", "image": "{{Image}}@{{Listed}}"}]} }"""), Guard, "nothing in a template but its images");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Another_init_container_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Template($$"""{"spec": {"initContainers": [{"name": "more", "image": "{{Image}}@{{Listed}}"}]} }"""), Guard, "nothing in a template but its images");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_service_account_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Template("""{"spec": {"serviceAccountName": "admin"}}"""), Guard, "nothing in a template but its images");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_label_of_the_template_is_refused(string kind) =>
        RefusedAsync(kind, w => w.Template("""{"metadata": {"labels": {"a": "b"}}}"""), Guard, "nothing in a template but its images");

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_foreign_label_is_refused(string kind) =>
        RefusedAsync(kind, _ => """{"metadata": {"labels": {"team": "mine"}}}""", Guard, "no other labels than its own", alsoJobs: true);

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task A_foreign_annotation_is_refused(string kind) =>
        RefusedAsync(kind, _ => """{"metadata": {"annotations": {"team": "mine"}}}""", Guard, "no other annotations than its own", alsoJobs: true);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Any_other_field_of_the_workload_is_refused(string kind)
    {
        var other = kind switch { "CronJob" => "\"suspend\": true", "Job" => "\"suspend\": false", "DaemonSet" => "\"minReadySeconds\": 3", _ => "\"replicas\": 0" };
        await RefusedAsync(kind, _ => $$"""{"spec": {{{other}} } }""", Guard, "nothing in a workload but the images", alsoJobs: true);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_protected_namespace_is_refused(string kind)
    {
        var workload = Workload.Of(kind);
        var path = await workload.MakeAsync(Installation, ns: "kube-system");

        (await Installation.Operator.MergeAsync(path, """{"metadata": {"annotations": {"immutablerecovery.io/paused-by": "x"}}}"""))
            .ShouldBeRefusedBy(Guard, "namespace kube-system is protected");
    }

    [Fact]
    public async Task A_Deployment_may_be_paused_and_a_StatefulSet_not_be_scaled()
    {
        var deployment = await Workload.Of("Deployment").MakeAsync(Installation);
        (await Installation.Operator.MergeAsync(deployment, """{"spec": {"paused": true}, "metadata": {"annotations": {"immutablerecovery.io/paused-by": "shop/r"}}}""")).ShouldBeAccepted();
        (await Installation.Operator.MergeAsync(deployment, """{"spec": {"paused": null}, "metadata": {"annotations": {"immutablerecovery.io/paused-by": null}}}""")).ShouldBeAccepted();

        var set = await Workload.Of("StatefulSet").MakeAsync(Installation);
        (await Installation.Operator.MergeAsync($"{set}/scale", """{"spec": {"replicas": 0}}""")).ShouldBeRefusedBy(Guard, "no business with UPDATE of statefulsets/scale");
        (await Installation.Operator.DeleteAsync(set)).ShouldBeRefusedBy(Guard, "no business with DELETE of statefulsets");
    }

    [Fact]
    public async Task Images_of_repositories_that_no_TrustedImage_describes_may_be_pinned_which_is_what_a_stolen_token_is_left()
    {
        var workload = Workload.Of("Deployment");
        var path = await workload.MakeAsync(Installation, "elsewhere.example/tool:1");

        (await Installation.Operator.PatchAsync(path, workload.Image($"elsewhere.example/tool:1@{Unlisted}"))).ShouldBeAccepted();
    }

    private async Task RefusedAsync(string kind, Func<Workload, string> patch, string policy, string message, bool alsoJobs = false, string image = $"{Image}:1.4")
    {
        var workload = Workload.Of(kind);
        var path = await workload.MakeAsync(Installation, image);

        var answer = await Installation.Operator.PatchAsync(path, patch(workload));

        if (workload.HasMutableTemplate || alsoJobs)
            answer.ShouldBeRefusedBy(policy, message);
        else
            answer.Code.Should().BeOneOf([403, 422], "the API server does not change the template of a Job either: {0}", answer.Message);
    }
}
