using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Operator.DevCluster.Tests;

public sealed class EmbeddedClusterTests(ApiServerFixture server)
{
    [Fact]
    public async Task The_dotnet_client_reads_writes_and_is_refused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        string space = await server.NamespaceAsync();
        using Kubernetes client = new(server.Cluster.ClientConfiguration("tests"));
        V1ConfigMap map = new() { Metadata = new() { Name = "m" }, Data = new Dictionary<string, string> { ["k"] = "v" } };

        var made = await client.CoreV1.CreateNamespacedConfigMapAsync(map, space, cancellationToken: cancellation);
        made.Data["k"] = "w";
        // The edition of the client that is compiled ahead of time cannot write them.
        made.Metadata.ManagedFields = null;
        var replaced = await client.CoreV1.ReplaceNamespacedConfigMapAsync(made, "m", space, cancellationToken: cancellation);
        var list = await client.CoreV1.ListNamespacedConfigMapAsync(space, cancellationToken: cancellation);
        var stale = () => client.CoreV1.ReplaceNamespacedConfigMapAsync(made, "m", space, cancellationToken: cancellation);

        replaced.Data["k"].Should().Be("w");
        list.Items.Should().ContainSingle().Which.Metadata.Uid.Should().Be(made.Metadata.Uid);
        (await stale.Should().ThrowAsync<HttpOperationException>()).Which.Response.StatusCode.Should().Be(System.Net.HttpStatusCode.Conflict);
        server.Cluster.Server.Requests.All.Should().Contain(r => r.UserAgent.StartsWith("tests", StringComparison.Ordinal) && r.Verb == "create");
    }

    [Fact]
    public async Task A_new_cluster_has_its_nodes_and_namespaces()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false, Nodes = 3 }, TestContext.Current.CancellationToken);
        using ApiClient api = new(cluster.Address);

        (await api.GetAsync("/api/v1/nodes")).Ok.Items("items").Select(n => n.Name).Should().Equal("node-1", "node-2", "node-3");
        (await api.GetAsync("/api/v1/namespaces")).Ok.Items("items").Select(n => n.Name)
            .Should().Equal("default", "kube-node-lease", "kube-public", "kube-system");
        (await api.GetAsync("/readyz")).Text.Should().Be("ok");
    }
}
