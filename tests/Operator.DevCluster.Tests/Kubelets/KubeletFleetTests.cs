using System.Text.Json.Nodes;
using Operator.DevCluster.Images;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Tests.Kubelets;

/// <summary>Each test with images of its own has a cluster of its own; the others share one.</summary>
public sealed class KubeletFleetTests(ClusterFixture fixture) : IAsyncLifetime
{
    private const string Repository = "registry.example/shop/cart";
    private const string Image = $"{Repository}:1.4";

    private static readonly string Good = ImageRegistry.DigestOf("good");
    private static readonly string Bad = ImageRegistry.DigestOf("bad");

    private EmbeddedCluster? own;

    [Fact]
    public async Task A_running_pod_says_all_that_a_real_one_says()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("pods", Pod("p", "nginx:1.25"));

        var pod = (await space.ReadyPodsAsync(1)).Single();

        pod.TextAt("status", "phase").Should().Be("Running");
        pod.TextAt("status", "podIP").Should().StartWith("10.244.");
        pod.TextAt("status", "qosClass").Should().Be("BestEffort");
        pod.At("status", "startTime").Should().NotBeNull();
        pod.Items("status", "conditions").Select(c => (c.Text("type"), c.Text("status"))).Should().BeEquivalentTo(
            [("PodReadyToStartContainers", "True"), ("Initialized", "True"), ("Ready", "True"), ("ContainersReady", "True"), ("PodScheduled", "True")]);
        var container = pod.ContainerStatus;
        container.Text("containerID").Should().MatchRegex("^containerd://[0-9a-f]{64}$");
        container.Text("image").Should().Be("docker.io/library/nginx:1.25");
        container.Text("imageID").Should().Be($"docker.io/library/nginx@{ImageRegistry.DigestOf("nginx:1.25")}");
        (container.Flag("ready"), container.Flag("started"), container.NumberAt("restartCount")).Should().Be((true, true, 0));
        container.At("state", "running", "startedAt").Should().NotBeNull();
    }

    [Fact]
    public async Task A_pod_costs_two_writes_until_it_is_Ready()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("pods", Pod("p", Image));

        await space.ReadyPodsAsync(1);

        (await WritesAsync(space)).Count(r => r is { UserAgent: "kubelet", Subresource: "status" }).Should().Be(2);
    }

    [Fact]
    public async Task Pods_have_addresses_of_their_own()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 20));

        (await space.ReadyPodsAsync(20)).Select(p => p.TextAt("status", "podIP")).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_repointed_tag_is_pulled_by_a_node_that_does_not_have_it()
    {
        using var space = await OwnAsync();
        await space.CreateAsync("pods", Pod("first", Image, "node-1"));
        await space.ReadyPodsAsync(1);

        space.Cluster.Images.Repoint(Repository, "1.4", Bad);
        await space.CreateAsync("pods", Pod("cached", Image, "node-1"));
        await space.CreateAsync("pods", Pod("pulled", Image, "node-2"));
        var always = Pod("always", Image, "node-1");
        always["spec"]!["containers"]![0]!["imagePullPolicy"] = "Always";
        await space.CreateAsync("pods", always);
        await space.CreateAsync("pods", Pod("pinned", $"{Repository}@{Good}", "node-2"));

        (await space.ReadyPodsAsync(5)).Select(p => (p.Name, p.ContainerStatus.Text("imageID"))).Should().BeEquivalentTo(
            [("first", $"{Repository}@{Good}"), ("cached", $"{Repository}@{Good}"), ("pulled", $"{Repository}@{Bad}"), ("always", $"{Repository}@{Bad}"), ("pinned", $"{Repository}@{Good}")]);
    }

    [Fact]
    public async Task A_restarted_container_may_come_back_with_another_digest_in_the_same_pod()
    {
        using var space = await OwnAsync();
        var pod = Pod("p", Image, "node-1");
        pod["spec"]!["containers"]![0]!["imagePullPolicy"] = "Always";
        await space.CreateAsync("pods", pod);
        var before = (await space.ReadyPodsAsync(1)).Single();
        space.Cluster.Images.Repoint(Repository, "1.4", Bad, new() { Logs = ["I am bad"] });

        await space.Cluster.Kubelets.RestartContainerAsync(space.Name, "p", "main", TestContext.Current.CancellationToken);

        var after = await space.GetAsync("pods", "p");
        after.Uid.Should().Be(before.Uid);
        (after.ContainerStatus.NumberAt("restartCount"), after.ContainerStatus.Text("imageID")).Should().Be((1, $"{Repository}@{Bad}"));
        after.ContainerStatus.TextAt("lastState", "terminated", "containerID").Should().Be(before.ContainerStatus.Text("containerID"));
        after.ContainerStatus.Text("containerID").Should().NotBe(before.ContainerStatus.Text("containerID"));
        (await LogAsync(space, "p")).Should().Be("I am bad\n");
        (await LogAsync(space, "p", "&previous=true")).Should().Be("I am good\n");
    }

    [Fact]
    public async Task An_unknown_image_is_waited_for_and_pulled_once_it_is_there()
    {
        using var space = await OwnAsync();
        await space.CreateAsync("pods", Pod("p", "registry.example/none:1"));

        var error = await WaitsAsync(space, "ErrImagePull");
        var backOff = await WaitsAsync(space, "ImagePullBackOff");
        space.Cluster.Images.Push("registry.example/none", "1", Good);
        await space.ReadyPodsAsync(1);

        error.Should().Be(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"registry.example/none:1\": failed to resolve reference \"registry.example/none:1\": registry.example/none:1: not found");
        backOff.Should().StartWith("Back-off pulling image \"registry.example/none:1\": ErrImagePull: rpc error");
    }

    [Fact]
    public async Task A_container_that_crashes_is_restarted_after_ever_longer_pauses()
    {
        using var space = await OwnAsync();
        space.Cluster.Images.Push(Repository, "crash", Bad, new() { Logs = ["about to fall"], CrashesAfter = TimeSpan.FromMilliseconds(1), ExitCode = 3 });
        await space.CreateAsync("pods", Pod("p", $"{Repository}:crash"));

        string waits = await WaitsAsync(space, "CrashLoopBackOff");
        var pod = await space.UntilAsync("pods", "p", p => p.ContainerStatus.NumberAt("restartCount") >= 3, "it was restarted");

        waits.Should().MatchRegex(@"^back-off 0\.\d+s restarting failed container=main pod=p_shop\(");
        pod.TextAt("status", "phase").Should().Be("Running");
        pod.IsReady.Should().BeFalse();
        (await LogAsync(space, "p", "&previous=true")).Should().Be("about to fall\n");
        var last = await space.UntilAsync("pods", "p", p => p.ContainerStatus.At("lastState", "terminated") is not null, "the last crash is told");
        last.ContainerStatus.NumberAt("lastState", "terminated", "exitCode").Should().Be(3);
    }

    [Fact]
    public async Task A_pod_that_never_restarts_ends_by_the_exit_codes_of_its_containers()
    {
        using var space = await OwnAsync();
        space.Cluster.Images.Push(Repository, "ok", Good, new() { CrashesAfter = TimeSpan.Zero, ExitCode = 0 });
        space.Cluster.Images.Push(Repository, "crash", Bad, new() { CrashesAfter = TimeSpan.Zero, ExitCode = 1 });
        foreach (string tag in (string[])["ok", "crash"])
        {
            var pod = Pod(tag, $"{Repository}:{tag}");
            pod["spec"]!["restartPolicy"] = "Never";
            await space.CreateAsync("pods", pod);
        }

        (await space.UntilAsync("pods", "ok", p => p.TextAt("status", "phase") == "Succeeded", "it succeeds")).ConditionOf("Ready")!.Text("reason").Should().Be("PodCompleted");
        (await space.UntilAsync("pods", "crash", p => p.TextAt("status", "phase") == "Failed", "it fails")).ContainerStatus.TextAt("state", "terminated", "reason").Should().Be("Error");
    }

    [Fact]
    public async Task An_image_may_never_become_Ready_and_go_on_logging()
    {
        using var space = await OwnAsync();
        space.Cluster.Images.Push(Repository, "slow", Bad, new() { NeverReady = true, Heartbeat = "still here", HeartbeatInterval = TimeSpan.FromMilliseconds(5) });
        await space.CreateAsync("pods", Pod("p", $"{Repository}:slow"));

        var pod = await space.UntilAsync("pods", "p", p => p.TextAt("status", "phase") == "Running", "it runs");
        await Waiting.UntilAsync(async () => (await LogAsync(space, "p")).Split('\n').Length > 3, "it logs on and on");

        (await space.GetAsync("pods", "p")).ConditionOf("Ready")!.Text("message").Should().Be("containers with unready status: [main]");
        pod.ContainerStatus.Flag("started").Should().BeTrue();
    }

    [Fact]
    public async Task Init_containers_run_one_after_the_other_before_the_others()
    {
        using var space = await OwnAsync();
        space.Cluster.Images.Push(Repository, "init", Bad, new() { Logs = ["ready for you"] });
        var pod = Pod("p", Image);
        pod["spec"]!["initContainers"] = JsonNode.Parse($$"""
            [{"name": "first", "image": "{{Repository}}:init"}, {"name": "sidecar", "image": "{{Image}}", "restartPolicy": "Always"}, {"name": "second", "image": "{{Repository}}:init"}]
            """);
        await space.CreateAsync("pods", pod);

        var ready = (await space.ReadyPodsAsync(1)).Single();

        ready.Items("status", "initContainerStatuses").Select(c => (c.Text("name"), c.TextAt("state", "terminated", "reason"), c.At("state", "running") is not null))
            .Should().Equal(("first", "Completed", false), ("sidecar", "", true), ("second", "Completed", false));
        (await LogAsync(space, "p", "&container=second")).Should().Be("ready for you\n");
    }

    [Fact]
    public async Task An_init_container_that_fails_holds_the_pod_back()
    {
        using var space = await OwnAsync();
        space.Cluster.Images.Push(Repository, "crash", Bad, new() { CrashesAfter = TimeSpan.Zero });
        var pod = Pod("p", Image);
        pod["spec"]!["initContainers"] = JsonNode.Parse($$"""[{"name": "init", "image": "{{Repository}}:crash"}]""");
        await space.CreateAsync("pods", pod);

        var held = await space.UntilAsync(
            "pods", "p", p => p.Items("status", "initContainerStatuses").Any(c => c.TextAt("state", "waiting", "reason") == "CrashLoopBackOff"), "the init container crashes");

        held.TextAt("status", "phase").Should().Be("Pending");
        held.ConditionOf("Initialized")!.Text("message").Should().Be("containers with incomplete status: [init]");
        held.ContainerStatus.TextAt("state", "waiting", "reason").Should().Be("PodInitializing");
    }

    [Fact]
    public async Task A_changed_image_restarts_the_container_in_place()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("pods", Pod("p", Image));
        await space.ReadyPodsAsync(1);

        await space.MergeAsync("pods", "p", """{"spec": {"containers": [{"name": "main", "image": "registry.example/shop/cart:1.5"}]}}""");

        var pod = await space.UntilAsync("pods", "p", p => p.ContainerStatus.NumberAt("restartCount") == 1 && p.IsReady, "it runs the other image");
        pod.ContainerStatus.Text("image").Should().Be("registry.example/shop/cart:1.5");
    }

    [Fact]
    public async Task Grace_ends_with_the_object_gone()
    {
        using var space = await fixture.NamespaceAsync();
        var pod = await space.CreateAsync("pods", Pod("p", Image));
        await space.ReadyPodsAsync(1);

        await space.Api.DeleteAsync(space.PathOf("pods", "p"), new JsonObject { ["gracePeriodSeconds"] = 1 });

        await space.UntilAsync("pods", pods => pods.Count == 0, "it is gone");
        var writes = (await WritesAsync(space)).Where(r => r.Name == "p").TakeLast(3).ToList();
        writes.Select(r => (r.Verb, r.UserAgent == "kubelet")).Should().Equal(("delete", false), ("patch", true), ("delete", true));
        writes[1].ResponseObject!.ContainerStatus.At("state", "terminated").Should().NotBeNull("its containers are gone before it is");
        ((JsonObject)writes[2].RequestBody!).TextAt("preconditions", "uid").Should().Be(pod.Uid);
        fixture.Cluster.Server.Logs.Find(pod.Uid, "main").Should().BeNull();
    }

    [Fact]
    public async Task A_frozen_kubelet_leaves_its_pods_Terminating()
    {
        using var space = await OwnAsync();
        await space.CreateAsync("pods", Pod("p", Image, "node-1"));
        await space.ReadyPodsAsync(1);

        space.Cluster.Kubelets.Freeze("node-1");
        await space.DeleteAsync("pods", "p");
        await space.CreateAsync("pods", Pod("q", Image, "node-2"));
        await space.UntilAsync("pods", "q", p => p.IsReady, "the other node goes on");
        (await space.GetAsync("pods", "p")).IsTerminating.Should().BeTrue();

        space.Cluster.Kubelets.Thaw("node-1");
        await space.UntilAsync("pods", pods => pods.Count == 1, "it is gone");
    }

    [Fact]
    public async Task Without_grace_the_object_goes_at_once_and_the_kubelet_lets_go()
    {
        using var space = await OwnAsync();
        await space.CreateAsync("pods", Pod("p", Image, "node-1"));
        await space.ReadyPodsAsync(1);

        await space.Api.DeleteAsync(space.PathOf("pods", "p"), new JsonObject { ["gracePeriodSeconds"] = 0 });
        (await space.Api.GetAsync(space.PathOf("pods", "p"))).Code.Should().Be(System.Net.HttpStatusCode.NotFound);
        await space.CreateAsync("pods", Pod("p", Image, "node-1"));

        (await space.ReadyPodsAsync(1)).Single().ContainerStatus.NumberAt("restartCount").Should().Be(0, "it is another pod of that name");
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (own is not null)
            await own.DisposeAsync();
    }

    /// <summary>A namespace in a cluster that has only the images that are pushed to it, this one to begin with.</summary>
    private async Task<Namespace> OwnAsync()
    {
        own = await EmbeddedCluster.StartAsync(ClusterFixture.Options with { PullsAnyImage = false }, TestContext.Current.CancellationToken);
        own.Images.Push(Repository, "1.4", Good, new() { Logs = ["I am good"] });
        return await Namespace.CreateAsync(own, "shop");
    }

    private static JsonObject Pod(string name, string image, string? node = null)
    {
        var pod = Objects.Pod(name, node);
        pod["spec"]!["containers"]![0]!["image"] = image;
        return pod;
    }

    /// <summary>Waits until the pod's container waits for this reason, and returns its message.</summary>
    private static async Task<string> WaitsAsync(Namespace space, string reason) => (await space.UntilAsync(
        "pods", "p", p => p.Items("status", "containerStatuses").Any(c => c.TextAt("state", "waiting", "reason") == reason), $"it waits for {reason}"))
        .ContainerStatus.TextAt("state", "waiting", "message");

    private static async Task<string> LogAsync(Namespace space, string pod, string query = "&container=main") =>
        (await space.Api.GetAsync($"{space.PathOf("pods", pod)}/log?{query.TrimStart('&')}")).Text;

    private static async Task<IEnumerable<ApiRequest>> WritesAsync(Namespace space) => (await space.Cluster.Requests.WritesAsync()).Where(r => r.Resource == "pods" && r.Namespace == space.Name);
}
