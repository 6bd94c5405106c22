using k8s;

namespace Operator.Tests.Access;

/// <summary>Being elected needs rights of its own.</summary>
public sealed class LeadershipTests : ShopTest
{
    [Fact]
    public async Task A_leader_is_elected_recovers_and_gives_its_lease_back()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        await using (var running = await OperatorInProcess.StartAsync(Cluster, new() { Identity = "first" }, elect: true))
        {
            await Cluster.FindAsync(pods[0]);
            await Cluster.EndedAsync(pods[0]);
            (await HolderAsync()).Should().Be("first");
        }

        await Waiting.UntilAsync(async () => string.IsNullOrEmpty(await HolderAsync()), "the lease is given back");
    }

    private async Task<string?> HolderAsync() =>
        (await Cluster.Client.ReadNamespacedLeaseAsync(OperatorOptions.FieldManager, TestCluster.OperatorNamespace)).Spec.HolderIdentity;
}
