using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Workloads.Deployments;

public sealed class DeploymentControllerTests(ClusterFixture fixture)
{
    [Fact]
    public async Task A_Deployment_becomes_Ready_pods()
    {
        using var space = await fixture.NamespaceAsync();
        await space.CreateAsync("deployments", Workload.Deployment("cart", 3));

        var pods = await space.ReadyPodsAsync(3);
        var set = (await space.ListAsync("replicasets")).Single();
        var deployment = await space.UntilAsync("deployments", "cart", d => d.NumberAt("status", "availableReplicas") == 3, "the Deployment is available");

        string hash = set.Labels!.Text("pod-template-hash")!;
        set.Name.Should().Be($"cart-{hash}").And.MatchRegex("^cart-[bcdfghjklmnpqrstvwxz2456789]{8,10}$");
        pods.Select(p => p.Name).Should().OnlyContain(name => name.StartsWith("cart-" + hash + "-", StringComparison.Ordinal));
        pods.Select(p => p.Labels!.Text("pod-template-hash")).Should().OnlyContain(h => h == hash);
        var owner = (JsonObject)pods[0].OwnerReferences!.Single()!;
        (owner.Text("kind"), owner.Text("uid"), owner.Flag("controller"), owner.Flag("blockOwnerDeletion")).Should().Be(("ReplicaSet", set.Uid, true, true));
        deployment.Annotations!.Text("deployment.kubernetes.io/revision").Should().Be("1");
        set.Annotations!.Text("deployment.kubernetes.io/revision").Should().Be("1");
        set.Annotations!.Text("deployment.kubernetes.io/desired-replicas").Should().Be("3");
        set.Annotations!.Text("deployment.kubernetes.io/max-replicas").Should().Be("4");
        await space.UntilAsync("deployments", "cart", d => d.ConditionOf("Progressing")?.Text("reason") == "NewReplicaSetAvailable", "its rollout is complete");
        deployment.ConditionOf("Available")!.Text("reason").Should().Be("MinimumReplicasAvailable");
    }
}
