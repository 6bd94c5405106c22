using System.Net;
using System.Text.Json.Nodes;
using Operator.DevCluster.Images;

namespace Operator.DevCluster.Tests.Workloads.Jobs;

public sealed class JobControllerTests(ClusterFixture fixture)
{
    private const string Tracking = "batch.kubernetes.io/job-tracking";

    private static readonly ImageBehaviour Succeeds = new() { CrashesAfter = TimeSpan.FromMilliseconds(20), ExitCode = 0 };
    private static readonly ImageBehaviour Fails = new() { CrashesAfter = TimeSpan.FromMilliseconds(20) };
    private static readonly ImageBehaviour Runs = new() { CrashesAfter = TimeSpan.FromHours(1), ExitCode = 0 };

    [Fact]
    public async Task A_Job_is_complete_once_its_pods_have_succeeded()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("jobs", Job("import", Succeeds, """{"completions": 3, "parallelism": 2}"""));

        var job = await EndAsync(space, "Complete");
        var pods = await space.UntilAsync("pods", all => all.All(p => !p.Finalizers.Any()), "all are counted");

        (job.NumberAt("status", "succeeded"), job.NumberAt("status", "failed"), job.NumberAt("status", "active")).Should().Be((3, null, null));
        job.ConditionOf("Complete")!.Text("reason").Should().Be("CompletionsReached");
        job.ConditionOf("SuccessCriteriaMet")!.Text("status").Should().Be("True");
        job.TextAt("status", "completionTime").Should().NotBeEmpty();
        job.At("status", "uncountedTerminatedPods")!.ToJsonString().Should().Be("{}");
        pods.Should().HaveCount(3);
        pods[0].Labels!.Select(l => (l.Key, l.Value!.ToString())).Should().Contain(
            [("batch.kubernetes.io/job-name", "import"), ("batch.kubernetes.io/controller-uid", job.Uid), ("job-name", "import"), ("controller-uid", job.Uid)]);
    }

    [Fact]
    public async Task A_Job_fails_with_one_failure_more_than_its_limit()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("jobs", Job("import", Fails, """{"backoffLimit": 1}"""));

        var job = await EndAsync(space, "Failed");

        job.NumberAt("status", "failed").Should().Be(2);
        (job.ConditionOf("Failed")!.Text("reason"), job.ConditionOf("Failed")!.Text("message"))
            .Should().Be(("BackoffLimitExceeded", "Job has reached the specified backoff limit"));
        job.ConditionOf("FailureTarget")!.Text("status").Should().Be("True");
        (await space.ListAsync("pods")).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_running_pod_that_is_deleted_counts_as_a_failure()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("jobs", Job("import", Runs, """{"backoffLimit": 0}"""));
        var pod = (await space.ReadyPodsAsync(1)).Single();

        await space.DeleteAsync("pods", pod.Name);

        (await EndAsync(space, "Failed")).NumberAt("status", "failed").Should().Be(1);
        await space.UntilAsync("pods", all => all.Count == 0, "nothing holds it");
    }

    [Fact]
    public async Task A_detached_pod_is_released_without_a_failure_and_another_starts()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("jobs", Job("import", Runs, """{"backoffLimit": 0}"""));
        var pod = (await space.ReadyPodsAsync(1)).Single();
        pod.Finalizers.Should().Equal(Tracking);

        await space.MergeAsync("pods", pod.Name, """
            {"metadata": {"labels": {"app": null, "job-name": null, "controller-uid": null, "batch.kubernetes.io/job-name": null, "batch.kubernetes.io/controller-uid": null}}}
            """);

        var pods = await space.ReadyPodsAsync(2);
        var released = pods.Single(p => p.Uid == pod.Uid);
        released.OwnerReferences.Should().BeNull();
        released.Finalizers.Should().BeEmpty();
        pods.Single(p => p.Uid != pod.Uid).Finalizers.Should().Equal(Tracking);
        var job = await space.UntilAsync("jobs", "import", j => j.NumberAt("status", "ready") == 1, "the other one counts");
        (job.NumberAt("status", "failed"), job.ConditionOf("FailureTarget")).Should().Be((null, null));
        await space.DeleteAsync("pods", pod.Name);
        await space.UntilAsync("pods", all => all is [var only] && only.Uid != pod.Uid, "nothing holds it");
    }

    [Fact]
    public async Task The_template_never_changes()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("jobs", Job("import", Runs, """{"suspend": true}"""));

        var answer = await space.Api.StrategicAsync(space.PathOf("jobs", "import"), JsonNode.Parse(Workload.TemplateImage("registry.example/shop/cart:1.5"))!);

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        answer.Message.Should().StartWith("Job.batch \"import\" is invalid: spec.template: Invalid value: ").And.EndWith(": field is immutable");
    }

    [Fact]
    public async Task A_suspended_Job_has_no_pods_and_has_not_failed()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("jobs", Job("import", Runs, """{"backoffLimit": 0}"""));
        await space.ReadyPodsAsync(1);

        await space.MergeAsync("jobs", "import", """{"spec": {"suspend": true}}""");
        await space.UntilAsync("pods", all => all.Count == 0, "it is gone");
        var job = await space.UntilAsync("jobs", "import", j => j.ConditionOf("Suspended")?.Text("status") == "True", "it is suspended");
        await space.MergeAsync("jobs", "import", """{"spec": {"suspend": false}}""");

        await space.ReadyPodsAsync(1);
        job.At("status", "startTime").Should().BeNull();
        (await space.GetAsync("jobs", "import")).At("status", "failed").Should().BeNull();
    }

    [Fact]
    public async Task The_pods_of_a_Job_that_is_gone_are_held_by_nothing()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("jobs", Job("import", Runs));
        await space.ReadyPodsAsync(1);

        await space.Api.DeleteAsync(space.PathOf("jobs", "import"), new JsonObject { ["propagationPolicy"] = "Background" });

        await space.UntilAsync("pods", all => all.Count == 0, "they go with it");
    }

    [Fact]
    public async Task A_Job_goes_after_its_time_to_live()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("jobs", Job("import", Succeeds, """{"ttlSecondsAfterFinished": 1}"""));
        await EndAsync(space, "Complete");

        await space.UntilAsync("jobs", all => all.Count == 0, "it is gone");
    }

    /// <summary>A Job whose pods do what their image does, each test's image its own.</summary>
    private JsonObject Job(string name, ImageBehaviour behaviour, string more = "{}")
    {
        string repository = $"registry.example/jobs/{Guid.NewGuid():n}";
        fixture.Cluster.Images.Push(repository, "1", ImageRegistry.DigestOf(repository), behaviour);
        return Workload.Job(name, $"{repository}:1", more);
    }

    private static Task<JsonObject> EndAsync(Namespace space, string condition) =>
        space.UntilAsync("jobs", "import", j => j.ConditionOf(condition)?.Text("status") == "True", $"it is {condition}");
}
