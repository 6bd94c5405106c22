using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Commands;

/// <summary>kubectl rollout, for every kind that has revisions.</summary>
public sealed class RolloutTests(ClusterFixture whole) : IDisposable
{
    private const string First = "registry.example/shop/cart:1.4";
    private const string Second = "registry.example/shop/cart:1.5";

    private readonly Kubectl kubectl = Kubectl.For(whole.Cluster);

    [Theory]
    [InlineData("deployment")]
    [InlineData("statefulset")]
    [InlineData("daemonset")]
    public async Task What_was_before_comes_back(string kind)
    {
        using var space = await whole.NamespaceAsync();
        string what = $"{kind}/cart -n {space.Name}";
        await space.CreateAsync($"{kind}s", Workload(kind));
        await FinishedAsync(what);
        await kubectl.OutputAsync($"set image {what} main={Second}");
        await FinishedAsync(what);

        (await kubectl.OutputAsync($"rollout history {what}")).Should().MatchRegex(@"REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>\n");
        (await kubectl.OutputAsync($"rollout history {what} --revision=1")).Should().Contain($"Image:\t{First}");
        (await kubectl.OutputAsync($"rollout undo {what}")).Should().EndWith("rolled back\n");
        await FinishedAsync(what);

        (await kubectl.OutputAsync($"rollout history {what}")).Should().MatchRegex(@"REVISION +CHANGE-CAUSE\n2 +<none>\n3 +<none>\n");
        (await space.ListAsync("pods")).Select(p => p.Image).Distinct().Should().Equal(First);
    }

    [Theory]
    [InlineData("deployment")]
    [InlineData("statefulset")]
    [InlineData("daemonset")]
    public async Task Restart_replaces_every_pod(string kind)
    {
        using var space = await whole.NamespaceAsync();
        string what = $"{kind}/cart -n {space.Name}";
        await space.CreateAsync($"{kind}s", Workload(kind));
        await FinishedAsync(what);
        var before = (await space.ListAsync("pods")).Select(p => p.Uid).ToList();

        (await kubectl.OutputAsync($"rollout restart {what}")).Should().EndWith("restarted\n");
        await FinishedAsync(what);

        var pods = await space.ReadyPodsAsync(2);
        pods.Select(p => p.Uid).Should().NotIntersectWith(before);
        pods.All(p => p.Annotations!.ContainsKey("kubectl.kubernetes.io/restartedAt")).Should().BeTrue();
    }

    [Fact]
    public async Task A_paused_rollout_waits_to_be_resumed()
    {
        using var space = await whole.NamespaceAsync();
        string what = $"deployment/cart -n {space.Name}";
        await space.CreateAsync("deployments", Workload("deployment"));
        await FinishedAsync(what);
        await kubectl.OutputAsync($"set image {what} main={Second}");
        await FinishedAsync(what);

        await kubectl.OutputAsync($"rollout pause {what}");
        await kubectl.OutputAsync($"set image {what} main={First}");
        (await kubectl.RunAsync($"rollout undo {what}")).Error.Should().Contain("you cannot rollback a paused deployment");
        (await kubectl.RunAsync($"rollout restart {what}")).Error.Should().Contain("can't restart paused deployment");
        await space.UntilAsync("deployments", "cart", d => d.IsObserved, "the change is seen");
        (await space.ReadyPodsAsync(2)).Select(p => p.Image).Should().Equal(Second, Second);

        await kubectl.OutputAsync($"rollout resume {what}");
        await FinishedAsync(what);
        (await space.ReadyPodsAsync(2)).Select(p => p.Image).Should().Equal(First, First);
    }

    public void Dispose() => kubectl.Dispose();

    private async Task FinishedAsync(string what) => await kubectl.OutputAsync($"rollout status {what} --timeout=60s");

    private static JsonObject Workload(string kind) => kind switch
    {
        "deployment" => Tests.Workload.Deployment("cart", 2, First),
        "statefulset" => Tests.Workload.StatefulSet("cart", 2),
        _ => Tests.Workload.DaemonSet("cart"),
    };
}
