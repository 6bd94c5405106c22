using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Tables;

public sealed class TableTests(ApiServerFixture server)
{
    private const string AsTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task A_list_of_pods_reads_as_in_kubectl()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        var pod = (await api.CreateAsync(path, Objects.Pod("p", "node-1"))).Ok;
        pod["status"] = JsonNode.Parse("""
            {"phase": "Running", "podIP": "10.1.0.3", "containerStatuses": [{"name": "main", "ready": false, "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}
            """);
        await api.UpdateAsync($"{path}/p/status", pod);

        var table = (await api.SendAsync(HttpMethod.Get, path, accept: AsTable)).Ok;

        table.Kind.Should().Be("Table");
        table.Items("columnDefinitions").Select(c => c.Text("name")).Should().Equal(
            "Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates");
        table.Items("rows").Single()["cells"]!.AsArray().Select(c => c!.ToString()).Should().Equal(
            "p", "0/1", "CrashLoopBackOff", "2", table.Items("rows").Single()["cells"]![4]!.ToString(), "10.1.0.3", "node-1", "<none>", "<none>");
        table.Items("rows").Single()["object"]!["kind"]!.GetValue<string>().Should().Be("PartialObjectMetadata");
    }

    [Fact]
    public async Task A_watch_sends_rows_and_its_headers_once()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        await api.CreateAsync(path, Objects.ConfigMap("a"));
        await api.CreateAsync(path, Objects.ConfigMap("b"));

        var events = await api.TakeAsync($"{path}?watch=true&resourceVersion=0", 2, AsTable);

        events.Select(e => e["object"]!["columnDefinitions"] is JsonArray).Should().Equal(true, false);
        events.Select(e => e["object"]!["rows"]![0]!["cells"]![0]!.GetValue<string>()).Should().Equal("a", "b");
    }
}
