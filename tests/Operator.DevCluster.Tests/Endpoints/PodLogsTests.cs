using System.Net;
using System.Text.Json.Nodes;
using Operator.DevCluster.Logs;

namespace Operator.DevCluster.Tests.Endpoints;

public sealed class PodLogsTests(ApiServerFixture server)
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly ApiClient api = server.Api;
    private readonly LogStore logs = server.Cluster.Server.Logs;

    [Fact]
    public async Task The_last_lines_are_served_with_their_times_if_asked()
    {
        string path = await PodAsync("one", "two", "three");

        (await api.GetAsync($"{path}/log")).Text.Should().Be("one\ntwo\nthree\n");
        (await api.GetAsync($"{path}/log?tailLines=2")).Text.Should().Be("two\nthree\n");
        (await api.GetAsync($"{path}/log?tailLines=1&timestamps=true")).Text.Should().Be("2026-01-02T12:00:00.0000000Z three\n");
    }

    [Fact]
    public async Task The_log_before_a_restart_is_the_previous_one()
    {
        string path = await PodAsync("before");
        string uid = (await api.GetAsync(path)).Ok.Uid;
        (await api.GetAsync($"{path}/log?previous=true")).Code.Should().Be(HttpStatusCode.BadRequest);

        logs.Rotate(uid, "main");
        logs.Append(uid, "main", new(Noon, "after"));

        (await api.GetAsync($"{path}/log?previous=true")).Text.Should().Be("before\n");
        (await api.GetAsync($"{path}/log")).Text.Should().Be("after\n");
    }

    [Fact]
    public async Task A_container_that_has_not_started_has_no_log()
    {
        string path = await PodAsync();

        var answer = await api.GetAsync($"{path}/log");

        (answer.Code, answer.Message).Should().Be((HttpStatusCode.BadRequest, "container \"main\" in pod \"p\" is waiting to start: ContainerCreating"));
    }

    [Fact]
    public async Task A_pod_of_several_containers_wants_one_named()
    {
        string space = await server.NamespaceAsync();
        var pod = Objects.Pod("p", "node-1");
        pod["spec"]!["containers"]!.AsArray().Add(new JsonObject { ["name"] = "side", ["image"] = "x" });
        await api.CreateAsync($"/api/v1/namespaces/{space}/pods", pod);

        var unnamed = await api.GetAsync($"/api/v1/namespaces/{space}/pods/p/log");
        var wrong = await api.GetAsync($"/api/v1/namespaces/{space}/pods/p/log?container=nope");

        (unnamed.Code, unnamed.Message).Should().Be((HttpStatusCode.BadRequest, "a container name must be specified for pod p, choose one of: [main side]"));
        (wrong.Code, wrong.Message).Should().Be((HttpStatusCode.BadRequest, "container nope is not valid for pod p"));
    }

    [Fact]
    public async Task A_log_that_is_followed_ends_with_its_container()
    {
        string path = await PodAsync("one");
        string uid = (await api.GetAsync(path)).Ok.Uid;

        List<string> lines = [];
        await foreach (string line in api.LinesAsync($"{path}/log?follow=true", cancellation: TestContext.Current.CancellationToken))
        {
            lines.Add(line);
            if (line == "one")
                logs.Append(uid, "main", new(Noon, "two"));
            else
                logs.Remove(uid);
        }

        lines.Should().Equal("one", "two");
    }

    private async Task<string> PodAsync(params string[] lines)
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        var pod = (await api.CreateAsync(path, Objects.Pod("p", "node-1"))).Ok;
        foreach (string line in lines)
            logs.Append(pod.Uid, "main", new(Noon, line));
        return $"{path}/p";
    }
}
