using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Endpoints;

public sealed class BindingTests(ApiServerFixture server)
{
    [Fact]
    public async Task A_pod_is_bound_once_and_its_status_says_so()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        await server.Api.CreateAsync(path, Objects.Pod("p"));

        var first = await server.Api.CreateAsync($"{path}/p/binding", To("node-1"));
        var second = await server.Api.CreateAsync($"{path}/p/binding", To("node-2"));

        (first.Code, first.Json.Text("status")).Should().Be((HttpStatusCode.Created, "Success"));
        (second.Code, second.Reason).Should().Be((HttpStatusCode.Conflict, "Conflict"));
        second.Message.Should().EndWith("pod p is already assigned to node \"node-1\"");
        var pod = (await server.Api.GetAsync($"{path}/p")).Ok;
        (pod.TextAt("spec", "nodeName"), pod.ConditionOf("PodScheduled")!.Text("status"), pod.Generation).Should().Be(("node-1", "True", 1));
    }

    [Fact]
    public async Task Another_pod_of_that_name_is_not_bound()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        await server.Api.CreateAsync(path, Objects.Pod("p"));
        var binding = To("node-1");
        binding["metadata"] = new JsonObject { ["uid"] = "another" };

        (await server.Api.CreateAsync($"{path}/p/binding", binding)).Code.Should().Be(HttpStatusCode.Conflict);
    }

    private static JsonObject To(string node) => new() { ["target"] = new JsonObject { ["kind"] = "Node", ["name"] = node } };
}
