using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Commands;

/// <summary>kubectl describe.</summary>
public sealed class DescribeTests(ClusterFixture whole) : IDisposable
{
    private readonly Kubectl kubectl = Kubectl.For(whole.Cluster);

    [Fact]
    public async Task Describe_tells_how_a_pod_came_to_run()
    {
        using var space = await whole.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 1));
        var pod = (await space.ReadyPodsAsync(1))[0];
        await space.UntilAsync("events", all => all.Any(e => e.TextAt("reason") == "Started"), "the start is told");

        string text = await kubectl.OutputAsync($"describe pod {pod.Name} -n {space.Name}");

        text.Should().MatchRegex(@"\nNode: +node-\d/10\.0\.0\.\d\n").And.MatchRegex(@"\nStatus: +Running\n").And.MatchRegex(@"\nControlled By: +ReplicaSet/cart-")
            .And.MatchRegex(@"\n  Ready +True").And.MatchRegex(@"\n  Normal +Scheduled +.* +default-scheduler +Successfully assigned").And.MatchRegex(@"\n  Normal +Started +.* +kubelet +Started container main\n");
    }

    [Fact]
    public async Task Describe_tells_about_every_workload()
    {
        using var space = await whole.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 1));
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 1));
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent"));
        await space.CreateAsync("jobs", Workload.Job("import", "registry.example/shop/cart:1.4"));
        var cron = Objects.Of("batch/v1", "CronJob", "nightly");
        cron["spec"] = new JsonObject
        {
            ["schedule"] = "0 2 * * *",
            ["jobTemplate"] = new JsonObject { ["spec"] = Workload.Job("nightly", "registry.example/shop/cart:1.4")["spec"]!.DeepClone() },
        };
        await space.CreateAsync("cronjobs", cron);
        await space.ReadyPodsAsync(5);
        await space.UntilAsync("deployments", "cart", d => d.NumberAt("status", "availableReplicas") == 1, "it is available");
        await space.UntilAsync("jobs", "import", j => j.NumberAt("status", "ready") == 1, "its pod is counted");

        string text = await kubectl.OutputAsync($"describe deployment,statefulset,daemonset,job,cronjob -n {space.Name}");

        text.Should().MatchRegex(@"Replicas: +1 desired \| 1 updated \| 1 total \| 1 available \| 0 unavailable\n")
            .And.MatchRegex(@"NewReplicaSet: +cart-\w+ \(1/1 replicas created\)\n")
            .And.MatchRegex(@"Replicas: +1 desired \| 1 total\n").And.MatchRegex(@"Desired Number of Nodes Scheduled: 2\n")
            .And.MatchRegex(@"Pods Statuses: +1 Active \(1 Ready\) / 0 Succeeded / 0 Failed\n").And.MatchRegex(@"Schedule: +0 2 \* \* \*\n");
    }

    [Fact]
    public async Task Describe_tells_about_nodes_and_namespaces()
    {
        using var space = await whole.NamespaceAsync();

        (await kubectl.OutputAsync("describe node node-1")).Should().MatchRegex(@"\n  Ready +True .* KubeletReady +").And.Contain("\nNon-terminated Pods:").And.Contain("\nAllocated resources:");
        (await kubectl.OutputAsync($"describe namespace {space.Name}")).Should().MatchRegex(@"\nStatus: +Active\n").And.Contain("No resource quota.");
    }

    public void Dispose() => kubectl.Dispose();
}
