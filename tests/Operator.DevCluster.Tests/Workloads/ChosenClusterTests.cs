using System.Text.Json.Nodes;
using Operator.DevCluster.Images;

namespace Operator.DevCluster.Tests.Workloads;

/// <summary>The controllers as clients of the cluster that the environment chooses: a kube-apiserver keeps and checks what they write as it does for its own.</summary>
public sealed class ChosenClusterTests : IAsyncLifetime
{
    private const string First = "registry.example/shop/cart:1.4";
    private const string Next = "registry.example/shop/cart:1.5";

    private KubernetesCluster cluster = null!;
    private Namespace space = null!;

    public async ValueTask InitializeAsync()
    {
        ChosenCluster.Needs(Capability.SimulatedKubelets);
        cluster = await ChosenCluster.StartAsync(ClusterFixture.Options, TestContext.Current.CancellationToken);
        space = await Namespace.CreateAsync(cluster, $"work-{Guid.NewGuid():N}"[..16]);
        // Pods need it, and an API server alone does not make it.
        await space.Api.CreateAsync(space.PathOf("serviceaccounts"), Objects.Of("v1", "ServiceAccount", "default"));
    }

    [Fact]
    public async Task A_StatefulSet_comes_back_from_the_old_revision_below_its_partition()
    {
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 2, """
            {
              "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}},
              "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]
            }
            """));
        await space.ReadyPodsAsync(2);
        await space.MergeAsync("statefulsets", "db", Workload.TemplateImage(Next));
        var pods = await space.UntilAsync("pods", all => all.Count == 2 && all.All(p => p.IsReady) && all[1].Image == Next, "the highest is new");

        await space.DeleteAsync("pods", "db-0");

        var after = await space.UntilAsync("pods", all => all.Count == 2 && all.All(p => p.IsReady && p.Uid != pods[0].Uid), "it is back");
        after.Select(p => p.Image).Should().Equal(First, Next);
        (await space.ListAsync("persistentvolumeclaims")).Select(c => c.Name).Should().Equal("data-db-0", "data-db-1");
        await space.UntilAsync("statefulsets", "db", s => s.IsObserved && s.NumberAt("status", "currentReplicas") == 1 && s.NumberAt("status", "updatedReplicas") == 1, "both count");
        (await space.ListAsync("controllerrevisions")).Should().HaveCount(2);
    }

    [Fact]
    public async Task A_DaemonSet_is_rolled_out_to_every_node()
    {
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent"));
        await space.ReadyPodsAsync(2);

        await space.MergeAsync("daemonsets", "agent", Workload.TemplateImage(Next));

        await space.UntilAsync("daemonsets", "agent", d => d.IsObserved && d.NumberAt("status", "updatedNumberScheduled") == 2 && d.NumberAt("status", "numberAvailable") == 2, "it is done");
        (await space.ReadyPodsAsync(2)).Select(p => p.Image).Should().Equal(Next, Next);
    }

    [Fact]
    public async Task A_Job_outlives_a_pod_that_is_detached_and_not_one_that_is_deleted()
    {
        await space.CreateAsync("jobs", Job(TimeSpan.FromHours(1), """{"backoffLimit": 0}"""));
        var first = (await space.ReadyPodsAsync(1)).Single();
        await space.MergeAsync("pods", first.Name, """
            {"metadata": {"labels": {"job-name": null, "controller-uid": null, "batch.kubernetes.io/job-name": null, "batch.kubernetes.io/controller-uid": null}}}
            """);
        var second = (await space.ReadyPodsAsync(2)).Single(p => p.Uid != first.Uid);
        (await space.GetAsync("pods", first.Name)).Finalizers.Should().BeEmpty();
        (await space.GetAsync("jobs", "import")).At("status", "failed").Should().BeNull();

        await space.DeleteAsync("pods", second.Name);

        var job = await space.UntilAsync("jobs", "import", j => j.ConditionOf("Failed")?.Text("status") == "True", "it has failed");
        job.NumberAt("status", "failed").Should().Be(1);
    }

    [Fact]
    public async Task A_Job_is_complete_once_its_pods_have_succeeded()
    {
        await space.CreateAsync("jobs", Job(TimeSpan.FromMilliseconds(20), """{"completions": 3, "parallelism": 2}"""));

        var job = await space.UntilAsync("jobs", "import", j => j.ConditionOf("Complete")?.Text("status") == "True", "it is complete");

        job.NumberAt("status", "succeeded").Should().Be(3);
        await space.UntilAsync("pods", all => all.All(p => !p.Finalizers.Any()), "all are counted");
    }

    [Fact]
    public async Task A_CronJob_starts_a_Job_when_it_is_due()
    {
        var cron = Objects.Of("batch/v1", "CronJob", "import");
        cron["spec"] = new JsonObject { ["schedule"] = "* * * * *", ["suspend"] = true, ["jobTemplate"] = new JsonObject { ["spec"] = Job(TimeSpan.FromMilliseconds(20), "{}")["spec"]!.DeepClone() } };
        await space.CreateAsync("cronjobs", cron);
        // It was due a minute ago, so that nobody has to wait for the next.
        string before = Unstructured.Timestamp(TimeProvider.System.GetUtcNow().AddMinutes(-2));
        _ = (await space.Api.MergeAsync(space.PathOf("cronjobs", "import") + "/status", new JsonObject { ["status"] = new JsonObject { ["lastScheduleTime"] = before } })).Ok;

        await space.MergeAsync("cronjobs", "import", """{"spec": {"suspend": false}}""");

        await space.UntilAsync("cronjobs", "import", c => c.TextAt("status", "lastSuccessfulTime").Length > 0, "its Job has succeeded");
    }

    public async ValueTask DisposeAsync()
    {
        // A test that is left out has neither.
        space?.Dispose();
        if (cluster is not null)
            await cluster.DisposeAsync();
    }

    private JsonObject Job(TimeSpan life, string more)
    {
        cluster.Images.Push("registry.example/jobs/import", "1", ImageRegistry.DigestOf("import"), new() { CrashesAfter = life, ExitCode = 0 });
        return Workload.Job("import", "registry.example/jobs/import:1", more);
    }
}
