namespace Operator.Tests.Recoveries;

/// <summary>More pods are compromised than the operator can work on at once.</summary>
public sealed class ContainmentFirstTests
{
    private const string Shop = "shop";
    private const int Pods = 6;

    [Fact]
    public async Task Every_pod_is_isolated_before_evidence_is_taken_of_any()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync(Shop);
        var digest = cluster.Push("cart", "1.4");
        await cluster.TrustAsync("cart", "1.4", digest);
        await cluster.PolicyAsync(Shop);
        await cluster.DeployAsync(Shop, "cart", $"cart:1.4@{digest}", Pods);
        var pods = await cluster.PodsAsync(Shop);
        TaskCompletionSource claimed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var claims = 0;
        cluster.Api.Requests.Finished += request =>
        {
            if (request is { Verb: "create", Resource: "recoveries" } && Interlocked.Increment(ref claims) == Pods)
                claimed.TrySetResult();
        };
        // The only worker is held at the first pod until all the others wait, too.
        cluster.Api.Faults.Before = async request =>
        {
            if (request is { Verb: "patch", Resource: "pods" } && TestCluster.IsOperator(request))
                await claimed.Task;
            return null;
        };
        await Task.WhenAll(pods.Select(p => cluster.FindAsync(p)));

        await using var running = await OperatorInProcess.StartAsync(cluster, new() { Workers = 1 });
        foreach (var pod in pods)
            await cluster.EndedAsync(pod);

        var writes = await cluster.OperatorWritesAsync();
        writes.TakeWhile(w => w.Resource != "configmaps").Where(w => w is { Verb: "patch", Resource: "pods" }).Select(w => w.Name)
            .Should().BeEquivalentTo(pods.Select(p => p.Metadata.Name));
    }
}
