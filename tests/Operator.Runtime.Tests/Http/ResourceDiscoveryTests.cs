using System.Net;

namespace Operator.Runtime.Tests.Http;

public sealed class ResourceDiscoveryTests : IAsyncLifetime
{
    private MapServer server = null!;

    public async ValueTask InitializeAsync() => server = await MapServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task It_knows_what_is_served_and_that_nothing_is_where_a_group_is_not()
    {
        var discovery = new ResourceDiscovery(server.Connection);

        (await discovery.ResourcesAsync("apps", "v1", TestContext.Current.CancellationToken)).Should().Contain(["deployments", "replicasets"]);
        (await discovery.ResourcesAsync("apps", "v7", TestContext.Current.CancellationToken)).Should().BeEmpty();
        (await discovery.ResourcesAsync("nowhere.example", "v1", TestContext.Current.CancellationToken)).Should().BeEmpty();
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, "{}")]
    [InlineData(HttpStatusCode.OK, "<html>")]
    [InlineData(HttpStatusCode.OK, "{}")]
    public async Task Whatever_is_no_answer_is_a_reason_to_try_again(HttpStatusCode code, string body)
    {
        var transport = new Transport { Answer = (_, _) => Task.FromResult<HttpResponseMessage?>(new(code) { Content = new StringContent(body) }) };
        using var connection = transport.Alone();
        var ask = () => new ResourceDiscovery(connection).ResourcesAsync("apps", "v1", TestContext.Current.CancellationToken);

        await ask.Should().ThrowAsync<ApiUnavailableException>();
    }

    [Fact]
    public async Task A_dry_run_answers_and_stores_nothing()
    {
        await server.CreateAsync(Map.Of("m", null, ("k", "v")));

        var answer = await server.Maps.PatchAsync(Map.KeyOf("m"), Patch.Merge(new() { ["data"] = new System.Text.Json.Nodes.JsonObject { ["k"] = "w" } }) with { DryRun = true }, cancellation: TestContext.Current.CancellationToken);

        answer.Required().Data!["k"].Should().Be("w");
        (await server.Maps.GetAsync(Map.KeyOf("m"), TestContext.Current.CancellationToken)).Required().Data!["k"].Should().Be("v");
    }
}
