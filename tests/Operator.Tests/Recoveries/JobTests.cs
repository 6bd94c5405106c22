using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;

namespace Operator.Tests.Recoveries;

/// <summary>Jobs and CronJobs: a pod is detached before it goes, since its Job would count a deletion as a failure.</summary>
public sealed class JobTests : ShopTest
{
    [Theory]
    [InlineData("")]
    [InlineData("replace: {approval: [], retainOriginalFor: 1h}")]
    public async Task A_Job_of_a_trusted_image_goes_on_with_another_pod_and_counts_no_failure(string policy)
    {
        await JobAsync($"cart:1.4@{Released}");
        await Cluster.PolicyAsync(Shop, policy);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop)).Single();

        await Cluster.FindAsync(target);
        var recovery = await Cluster.EndedAsync(target);

        recovery.Status!.Reason.Should().Be("Verified");
        var next = (await Cluster.PodsAsync(Shop)).Single(p => p.Uid() != target.Uid() && p.Metadata.OwnerReferences?.Count > 0);
        recovery.Status.Replacements.Should().ContainSingle().Which.Uid.Should().Be(next.Uid());
        TestCluster.IsReady(next).Should().BeTrue();
        var job = await Cluster.Client.ReadNamespacedJobAsync("cart", Shop);
        (job.Status.Failed ?? 0).Should().Be(0);
        job.Status.Conditions.Should().BeNullOrEmpty();
        (await PodAsync(target) is not null).Should().Be(policy.Length > 0, "only what the policy keeps is kept");
    }

    [Fact]
    public async Task A_Job_of_an_untrusted_image_is_contained_and_the_record_has_the_manifest_to_make_it_anew()
    {
        Cluster.Poison("cart", "1.4");
        await JobAsync("cart:1.4");
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop)).Single();

        await Cluster.FindAsync(target);
        var blocked = await Cluster.BlockedAsync(target, "ImmutableTemplate");

        (await PodAsync(target))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel).And.ContainKey("app", "it belongs to its Job");
        blocked.Status!.Remediation.Should().BeEquivalentTo(new { Kind = RemediationKind.Manifest });
        blocked.Status.Remediation!.Content.Should().Contain($"image: {TestCluster.Registry}/cart:1.4@{Released}").And.NotContain("controller-uid").And.NotContain("resourceVersion");

        // What a person does with it.
        await Cluster.Client.DeleteNamespacedJobAsync("cart", Shop, propagationPolicy: "Background");
        await Waiting.UntilAsync(async () => (await Cluster.Client.ListNamespacedJobAsync(Shop)).Items.Count == 0, "the Job is gone");
        await CollectAsync(target);
        await Cluster.ApplyAsync(blocked.Status.Remediation.Content);

        (await Cluster.EndedAsync(target)).Status!.Reason.Should().Be("NoReplacementNeeded");
        await Waiting.UntilAsync(async () => (await Cluster.PodsAsync(Shop)).Any(p => TestCluster.Runs(p, Released)), "the Job runs on the trusted digest");
    }

    [Fact]
    public async Task The_pods_of_a_Job_on_a_poisoned_tag_are_replaced_one_by_one_where_tags_are_pinned_at_admission()
    {
        ChosenCluster.Needs(Capability.AdmissionPolicies);
        var bad = Cluster.Poison("cart", "1.4");
        await JobAsync("cart:1.4", parallelism: 2);
        await Admission.ShippedAdmission.InstallAsync(Cluster);
        await Admission.ShippedAdmission.LabelAsync(Cluster, Shop, WellKnown.PinImagesLabel);
        await Admission.ShippedAdmission.RevokingPolicyAsync(Cluster);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];

        await Cluster.FindAsync(target);
        await Cluster.EndedAsync(target);

        (await Admission.ShippedAdmission.RevokedAsync(Cluster)).Should().ContainKey(bad);
        (await Cluster.PodsAsync(Shop)).Should().HaveCount(2).And.OnlyContain(p => TestCluster.Runs(p, Released) && TestCluster.IsReady(p));
        ((await Cluster.Client.ReadNamespacedJobAsync("cart", Shop)).Status.Failed ?? 0).Should().Be(0);
    }

    [Fact]
    public async Task A_pod_that_has_finished_with_its_Job_needs_no_replacement()
    {
        var brief = TestCluster.Digest("cart that ends");
        Cluster.Api.Images.Push($"{TestCluster.Registry}/cart", "short", brief, new() { CrashesAfter = TimeSpan.FromMilliseconds(50), ExitCode = 0 });
        await Cluster.TrustAsync("cart", "short", brief);
        await JobAsync($"cart:short@{brief}", running: false);
        await Waiting.UntilAsync(async () => (await Cluster.Client.ReadNamespacedJobAsync("cart", Shop)).Status.Conditions?.Any(c => c.Type == "Complete") is true, "the Job is complete");
        var target = (await Cluster.PodsAsync(Shop)).Single();
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(target);
        var recovery = await Cluster.EndedAsync(target);

        recovery.Status!.Reason.Should().Be("NoReplacementNeeded");
        recovery.Status.Evidence.Should().NotBeEmpty();
        (await PodAsync(target)).Should().NotBeNull();
    }

    [Fact]
    public async Task A_CronJob_is_pinned_and_what_runs_of_it_is_left_to_a_person()
    {
        Cluster.Poison("cart", "1.4");
        var target = await CronJobAsync("cart:1.4");
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(target);
        var blocked = await Cluster.BlockedAsync(target, "ImmutableTemplate");

        blocked.Spec.Target.Workload.Should().BeEquivalentTo(new { Kind = "CronJob", Name = "nightly" });
        blocked.Status!.Message.Should().Contain("delete it; the CronJob makes the next one from a trusted template");
        (await Cluster.Client.ReadNamespacedCronJobAsync("nightly", Shop)).Spec.JobTemplate.Spec.Template.Spec.Containers[0].Image
            .Should().Be($"{TestCluster.Registry}/cart:1.4@{Released}");

        await Cluster.Client.DeleteNamespacedJobAsync("nightly-1", Shop, propagationPolicy: "Background");
        await Waiting.UntilAsync(async () => (await Cluster.Client.ListNamespacedJobAsync(Shop)).Items.Count == 0, "the Job is gone");
        await CollectAsync(target);
        (await Cluster.EndedAsync(target)).Status!.Reason.Should().Be("Verified");
    }

    [Fact]
    public async Task The_patch_for_a_CronJob_that_a_tool_manages_names_the_template_of_its_Jobs()
    {
        Cluster.Poison("cart", "1.4");
        var target = await CronJobAsync("cart:1.4");
        await Cluster.Client.PatchNamespacedCronJobAsync(new V1Patch("""{"metadata": {"annotations": {"meta.helm.sh/release-name": "nightly"}}}""", V1Patch.PatchType.MergePatch), "nightly", Shop);
        await Cluster.PolicyAsync(Shop, "replace: {approval: [], gitOps: Wait}");
        await StartOperatorAsync();

        await Cluster.FindAsync(target);
        var blocked = await Cluster.BlockedAsync(target, "AwaitingCommit");

        blocked.Status!.Remediation!.Content.Should().Contain("  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n          - name: main\n");
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "cronjobs");
    }

    [Fact]
    public async Task A_pod_of_a_CronJob_of_a_trusted_image_is_detached()
    {
        var target = await CronJobAsync($"cart:1.4@{Released}");
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(target);
        var recovery = await Cluster.EndedAsync(target);

        recovery.Status!.Replacements.Should().ContainSingle();
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "cronjobs");
        ((await Cluster.Client.ReadNamespacedJobAsync("nightly-1", Shop)).Status.Failed ?? 0).Should().Be(0);
    }

    /// <summary>A Job that fails for good with its first failure.</summary>
    private async Task JobAsync(string image, bool running = true, int parallelism = 1)
    {
        await Cluster.ApplyAsync($$"""
            apiVersion: batch/v1
            kind: Job
            metadata: {name: cart, namespace: {{Shop}}}
            spec:
              backoffLimit: 0
              parallelism: {{parallelism}}
              completions: {{parallelism}}
              template:
                metadata: {labels: {app: cart} }
                spec:
                  restartPolicy: Never
                  containers: [{name: main, image: "{{TestCluster.Registry}}/{{image}}", imagePullPolicy: Always}]
            """);
        if (running)
            await RunsAsync();
    }

    /// <summary>A CronJob whose time does not come, and a Job of it, as kubectl create job --from makes one.</summary>
    private async Task<V1Pod> CronJobAsync(string image)
    {
        await Cluster.ApplyAsync($$"""
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: nightly, namespace: {{Shop}}}
            spec:
              schedule: "0 0 1 1 *"
              jobTemplate:
                spec:
                  template:
                    metadata: {labels: {app: cart} }
                    spec:
                      restartPolicy: Never
                      containers: [{name: main, image: "{{TestCluster.Registry}}/{{image}}", imagePullPolicy: Always}]
            """);
        var cron = await Cluster.Client.ReadNamespacedCronJobAsync("nightly", Shop);
        await Cluster.Client.CreateNamespacedJobAsync(new V1Job
        {
            Metadata = new() { Name = "nightly-1", OwnerReferences = [new() { ApiVersion = "batch/v1", Kind = "CronJob", Name = "nightly", Uid = cron.Uid(), Controller = true }] },
            Spec = cron.Spec.JobTemplate.Spec,
        }, Shop);
        await RunsAsync();
        return (await Cluster.PodsAsync(Shop)).Single();
    }

    /// <summary>What the garbage collector does, where there is one.</summary>
    private async Task CollectAsync(V1Pod pod)
    {
        if (!ChosenCluster.Offers(Capability.GarbageCollection))
            await Cluster.Client.DeleteNamespacedPodAsync(pod.Name(), Shop, gracePeriodSeconds: 0);
    }

    private Task RunsAsync() =>
        Waiting.UntilAsync(async () => await Cluster.PodsAsync(Shop) is { Count: > 0 } pods && pods.All(TestCluster.IsReady), "the Job runs");
}
