using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Resources;

public sealed class BuiltinsTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Theory]
    [InlineData(1024 * 1024, HttpStatusCode.Created)]
    [InlineData(1024 * 1024 + 1, HttpStatusCode.UnprocessableEntity)]
    public async Task A_config_map_holds_a_mebibyte_of_decoded_bytes(int size, HttpStatusCode code)
    {
        var map = Objects.ConfigMap("m");
        map["binaryData"] = new JsonObject { ["k"] = Convert.ToBase64String(new byte[size]) };

        (await api.CreateAsync($"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps", map)).Code.Should().Be(code);
    }

    [Fact]
    public async Task An_immutable_config_map_keeps_its_data()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var map = Objects.ConfigMap("m");
        map["immutable"] = true;
        var made = (await api.CreateAsync(path, map)).Ok;
        made["data"] = new JsonObject { ["k"] = "v" };

        var answer = await api.UpdateAsync($"{path}/m", made);

        answer.Message.Should().Be("ConfigMap \"m\" is invalid: data: Forbidden: field is immutable when `immutable` is set");
    }

    [Fact]
    public async Task An_event_lies_in_the_namespace_of_what_it_is_about()
    {
        string space = await server.NamespaceAsync();
        var elsewhere = Objects.Of("v1", "Event", "e");
        elsewhere["involvedObject"] = new JsonObject { ["kind"] = "Node", ["name"] = "node-1" };

        var answer = await api.CreateAsync($"/api/v1/namespaces/{space}/events", elsewhere);
        elsewhere["involvedObject"]!["namespace"] = space;

        answer.Message.Should().Contain("involvedObject.namespace: Invalid value: \"\": does not match event.namespace");
        (await api.CreateAsync($"/api/v1/namespaces/{space}/events", elsewhere)).Code.Should().Be(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05.000000Z", HttpStatusCode.Created)]
    [InlineData("2026-01-02T03:04:05Z", HttpStatusCode.BadRequest)]
    [InlineData("2026-01-02T03:04:05.0000000Z", HttpStatusCode.BadRequest)]
    public async Task A_lease_wants_its_times_to_the_microsecond(string time, HttpStatusCode code)
    {
        var lease = Objects.Of("coordination.k8s.io/v1", "Lease", "l");
        lease["spec"] = new JsonObject { ["renewTime"] = time };

        (await api.CreateAsync($"/apis/coordination.k8s.io/v1/namespaces/{await server.NamespaceAsync()}/leases", lease)).Code.Should().Be(code);
    }
}
