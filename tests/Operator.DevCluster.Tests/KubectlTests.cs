namespace Operator.DevCluster.Tests;

public sealed class KubectlTests(ApiServerFixture server, ClusterFixture whole) : IDisposable
{
    private readonly ApiClient api = server.Api;
    private readonly Kubectl kubectl = Kubectl.For(server.Cluster);

    [Fact]
    public async Task Get_prints_the_columns_that_a_person_knows()
    {
        string space = await server.NamespaceAsync();
        await api.CreateAsync($"/apis/apps/v1/namespaces/{space}/deployments", Objects.Deployment("cart"));

        string narrow = await kubectl.OutputAsync($"get deployments -n {space}");
        string wide = await kubectl.OutputAsync($"get deployments -n {space} -o wide");

        narrow.Should().MatchRegex(@"NAME +READY +UP-TO-DATE +AVAILABLE +AGE\ncart +0/1 +0 +0 +\d+s\n");
        wide.Should().Contain("registry.example/shop/cart:1.4").And.Contain("app=cart");
    }

    [Fact]
    public async Task Get_watches()
    {
        string space = await server.NamespaceAsync();
        string path = $"/api/v1/namespaces/{space}/pods";
        await api.CreateAsync(path, Objects.Pod("first"));

        var lines = await kubectl.LinesAsync($"get pods -n {space} -w", 3, async line =>
        {
            if (line == 2)
                await api.CreateAsync(path, Objects.Pod("second"));
        });

        lines.Select(l => l.Split(' ')[0]).Should().Equal("NAME", "first", "second");
    }

    [Fact]
    public async Task Describe_tells_about_a_deployment()
    {
        string space = await server.NamespaceAsync();
        await api.CreateAsync($"/apis/apps/v1/namespaces/{space}/deployments", Objects.Deployment("cart"));

        string text = await kubectl.OutputAsync($"describe deployment cart -n {space}");

        text.Should().Contain("1 desired").And.Contain("registry.example/shop/cart:1.4").And.Contain("25% max unavailable, 25% max surge");
    }

    [Fact]
    public async Task Delete_waits_until_the_object_is_gone()
    {
        string space = await server.NamespaceAsync();
        await api.CreateAsync($"/api/v1/namespaces/{space}/configmaps", Objects.ConfigMap("m"));

        (await kubectl.OutputAsync($"delete configmap m -n {space}")).Should().StartWith("configmap \"m\" deleted");
        (await kubectl.RunAsync($"get configmap m -n {space}")).Error.Should().Be("Error from server (NotFound): configmaps \"m\" not found\n");
    }

    [Fact]
    public async Task Logs_prints_the_log()
    {
        string space = await server.NamespaceAsync();
        var pod = (await api.CreateAsync($"/api/v1/namespaces/{space}/pods", Objects.Pod("p", "node-1"))).Ok;
        server.Cluster.Server.Logs.Append(pod.Uid, "main", new(TimeProvider.System.GetUtcNow(), "hello"));

        (await kubectl.OutputAsync($"logs p -n {space}")).Should().Be("hello\n");
    }

    [Fact]
    public async Task Rollout_status_waits_for_the_end_of_a_rollout()
    {
        using var space = await whole.NamespaceAsync();
        using var user = Kubectl.For(whole.Cluster);
        await space.CreateAsync("deployments", Workload.Deployment("cart", 2));

        (await user.OutputAsync($"rollout status deployment/cart -n {space.Name} --timeout=20s")).Should().EndWith("deployment \"cart\" successfully rolled out\n");
        (await user.OutputAsync($"get pods -n {space.Name}")).Should().MatchRegex(@"cart-\w+-\w+ +1/1 +Running +0 ");
    }

    [Fact]
    public async Task Get_prints_the_workloads_that_a_person_knows()
    {
        using var space = await whole.NamespaceAsync();
        using var user = Kubectl.For(whole.Cluster);
        await space.CreateAsync("statefulsets", Workload.StatefulSet("db", 1));
        await space.CreateAsync("daemonsets", Workload.DaemonSet("agent"));
        await space.CreateAsync("jobs", Workload.Job("import", "registry.example/shop/cart:1.4"));
        var cron = Objects.Of("batch/v1", "CronJob", "nightly");
        cron["spec"] = new System.Text.Json.Nodes.JsonObject
        {
            ["schedule"] = "0 2 * * *",
            ["jobTemplate"] = new System.Text.Json.Nodes.JsonObject { ["spec"] = Workload.Job("nightly", "registry.example/shop/cart:1.4")["spec"]!.DeepClone() },
        };
        await space.CreateAsync("cronjobs", cron);

        (await user.OutputAsync($"rollout status sts/db -n {space.Name} --timeout=60s")).Should().Contain("complete");
        (await user.OutputAsync($"rollout status ds/agent -n {space.Name} --timeout=60s")).Should().EndWith("daemon set \"agent\" successfully rolled out\n");
        string text = await user.OutputAsync($"get sts,ds,jobs,cronjobs -n {space.Name}");

        text.Should().MatchRegex(@"NAME +READY +AGE\nstatefulset.apps/db +1/1 +\d+s\n")
            .And.MatchRegex(@"NAME +DESIRED +CURRENT +READY +UP-TO-DATE +AVAILABLE +NODE SELECTOR +AGE\ndaemonset.apps/agent +2 +2 +2 +2 +2 +<none> +\d+s\n")
            .And.MatchRegex(@"NAME +STATUS +COMPLETIONS +DURATION +AGE\njob.batch/import +Running +0/1 +\d+s +\d+s\n")
            .And.MatchRegex(@"NAME +SCHEDULE +TIMEZONE +SUSPEND +ACTIVE +LAST SCHEDULE +AGE\ncronjob.batch/nightly +0 2 \* \* \* +<none> +False +0 +<none> +\d+s\n");
    }

    public void Dispose() => kubectl.Dispose();
}
