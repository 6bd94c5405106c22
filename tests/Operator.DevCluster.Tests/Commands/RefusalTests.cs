namespace Operator.DevCluster.Tests.Commands;

/// <summary>What this cluster cannot do says so.</summary>
public sealed class RefusalTests(ApiServerFixture server) : IDisposable
{
    private readonly Kubectl kubectl = Kubectl.For(server.Cluster);

    [Theory]
    [InlineData("exec p -- ls", "exec")]
    [InlineData("attach p", "attach")]
    [InlineData("port-forward p 18080:80", "portforward")]
    public async Task No_process_runs_that_could_be_reached(string command, string subresource)
    {
        string space = await server.NamespaceAsync();
        var pod = Objects.Pod("p", "node-1");
        string path = $"/api/v1/namespaces/{space}/pods";
        pod = (await server.Api.CreateAsync(path, pod)).Ok;
        pod["status"]!["phase"] = "Running";
        _ = (await server.Api.UpdateAsync($"{path}/p/status", pod)).Ok;

        var (code, _, error) = await kubectl.RunAsync($"-n {space} {command}");

        code.Should().Be(1);
        error.Should().Contain($"{subresource} of pod \"p\": the containers of this cluster are simulated, no process runs in them");
    }

    [Fact]
    public async Task Nothing_is_measured()
    {
        (await kubectl.RunAsync("top pods -A")).Error.Should().Be("error: Metrics API not available\n");
        (await kubectl.RunAsync("top nodes")).Error.Should().Be("error: Metrics API not available\n");
    }

    public void Dispose() => kubectl.Dispose();
}
