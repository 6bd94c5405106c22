using System.Net;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Tests.Server;

public sealed class FaultsTests : IAsyncLifetime
{
    private EmbeddedCluster cluster = null!;
    private ApiClient api = null!;

    private const string Maps = "/api/v1/namespaces/default/configmaps";

    public async ValueTask InitializeAsync()
    {
        cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false });
        api = new(cluster.Address);
    }

    [Fact]
    public async Task A_fault_before_a_write_leaves_nothing_behind()
    {
        cluster.Server.Faults.Before = request => new(request.Verb == "create"
            ? new Fault.Respond(new(429, "TooManyRequests", "slow down") { RetryAfterSeconds = 3 })
            : null);

        var answer = await api.CreateAsync(Maps, Objects.ConfigMap("m"));

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.TooManyRequests, "TooManyRequests"));
        (await api.GetAsync($"{Maps}/m")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_fault_after_a_write_hides_from_the_client_what_is_stored()
    {
        cluster.Server.Faults.After = request => new(request.Verb == "create" ? new Fault.Drop() : null);

        var create = () => api.CreateAsync(Maps, Objects.ConfigMap("m"));

        await create.Should().ThrowAsync<HttpRequestException>();
        (await api.GetAsync($"{Maps}/m")).Code.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Every_finished_request_stands_in_the_audit_log()
    {
        await api.CreateAsync($"{Maps}?fieldManager=me", Objects.ConfigMap("m"));
        await api.CreateAsync(Maps, Objects.ConfigMap("m"));
        await api.DeleteAsync($"{Maps}/m");

        cluster.Server.Requests.All.Select(r => (r.Sequence, r.Verb, r.Resource, r.Namespace, r.ResponseCode))
            .Should().Equal((1, "create", "configmaps", "default", 201), (2, "create", "configmaps", "default", 409), (3, "delete", "configmaps", "default", 200));
        cluster.Server.Requests.All[0].FieldManager.Should().Be("me");
        cluster.Server.Requests.All[0].RequestBody!["metadata"]!["name"]!.GetValue<string>().Should().Be("m");
        cluster.Server.Requests.All[0].ResponseObject!.Uid.Should().NotBeEmpty();
        (await cluster.Server.Requests.WritesAsync()).Should().HaveCount(2);
    }

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await cluster.DisposeAsync();
    }
}
