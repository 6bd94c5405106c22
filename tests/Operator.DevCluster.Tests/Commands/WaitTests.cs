namespace Operator.DevCluster.Tests.Commands;

/// <summary>kubectl wait, scale, and what shows what happens meanwhile.</summary>
public sealed class WaitTests(ClusterFixture whole) : IDisposable
{
    private readonly Kubectl kubectl = Kubectl.For(whole.Cluster);

    [Fact]
    public async Task Wait_ends_with_a_condition_a_value_or_a_deletion()
    {
        using var space = await whole.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 2));

        (await kubectl.OutputAsync($"wait deployment/cart -n {space.Name} --for=condition=Available --timeout=60s")).Should().Be("deployment.apps/cart condition met\n");
        (await kubectl.OutputAsync($"wait deployment/cart -n {space.Name} --for=jsonpath={{.status.readyReplicas}}=2 --timeout=60s")).Should().Be("deployment.apps/cart condition met\n");
        await kubectl.OutputAsync($"delete deployment cart -n {space.Name}");
        await kubectl.OutputAsync($"wait pod -l app=cart -n {space.Name} --for=delete --timeout=60s");

        (await space.ListAsync("pods")).Should().BeEmpty();
    }

    [Theory]
    [InlineData("deployment", "deployments")]
    [InlineData("replicaset", "replicasets")]
    [InlineData("statefulset", "statefulsets")]
    public async Task Scale_changes_how_many_there_are(string kind, string plural)
    {
        using var space = await whole.NamespaceAsync();
        var workload = Workload.Deployment("cart", 1);
        workload["kind"] = kind switch { "deployment" => "Deployment", "replicaset" => "ReplicaSet", _ => "StatefulSet" };
        await space.CreateAsync(plural, workload);

        (await kubectl.OutputAsync($"scale {kind}/cart -n {space.Name} --replicas=3 --current-replicas=1")).Should().EndWith("cart scaled\n");
        var (code, _, error) = await kubectl.RunAsync($"scale {kind}/cart -n {space.Name} --replicas=5 --current-replicas=1");

        (code, error).Should().Be((1, "error: Expected replicas to be 1, was 3\n"));
        await space.ReadyPodsAsync(3);
    }

    [Fact]
    public async Task Events_tell_what_happened_to_an_object()
    {
        using var space = await whole.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 1));
        await space.UntilAsync("events", all => all.Any(e => e.TextAt("reason") == "ScalingReplicaSet"), "the first scaling is told");

        (await kubectl.OutputAsync($"events -n {space.Name} --for deployment/cart")).Should()
            .MatchRegex(@"^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n\d+s +Normal +ScalingReplicaSet +Deployment/cart +Scaled up replica set cart-\w+ from 0 to 1\n$");
        (await kubectl.OutputAsync($"get events -n {space.Name} --field-selector=reason=ScalingReplicaSet")).Should().MatchRegex(@"deployment/cart +Scaled up replica set");
    }

    public void Dispose() => kubectl.Dispose();
}
