using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Resources;

public sealed class PodStrategyTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Theory]
    [InlineData("registry.example/shop/cart", "Always")]
    [InlineData("registry.example:5000/shop/cart", "Always")]
    [InlineData("registry.example/shop/cart:latest", "Always")]
    [InlineData("registry.example/shop/cart:1.4", "IfNotPresent")]
    [InlineData("registry.example/shop/cart@sha256:0000000000000000000000000000000000000000000000000000000000000000", "IfNotPresent")]
    public async Task The_image_reference_decides_the_pull_policy(string image, string policy)
    {
        var pod = Objects.Pod("p");
        pod["spec"]!["containers"]![0]!["image"] = image;

        var made = (await api.CreateAsync($"/api/v1/namespaces/{await server.NamespaceAsync()}/pods", pod)).Ok;

        made.Items("spec", "containers").Single().Text("imagePullPolicy").Should().Be(policy);
        made.TextAt("spec", "terminationGracePeriodSeconds").Should().Be("30");
        made.TextAt("spec", "restartPolicy").Should().Be("Always");
        made.TextAt("status", "phase").Should().Be("Pending");
    }

    [Fact]
    public async Task The_image_of_a_pod_may_change_and_its_command_may_not()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        var pod = (await api.CreateAsync(path, Objects.Pod("p", "node-1"))).Ok;

        pod["spec"]!["containers"]![0]!["image"] = "registry.example/shop/cart:1.5";
        var moved = (await api.UpdateAsync($"{path}/p", pod)).Ok;
        moved["spec"]!["containers"]![0]!["command"] = new JsonArray("sh");
        var refused = await api.UpdateAsync($"{path}/p", moved);

        moved.Generation.Should().Be(2);
        (refused.Code, refused.Reason).Should().Be((HttpStatusCode.UnprocessableEntity, "Invalid"));
        refused.Message.Should().StartWith("Pod \"p\" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`");
    }

    [Fact]
    public async Task Tolerations_may_be_added_but_not_taken_away()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        var pod = (await api.CreateAsync(path, Objects.Pod("p", "node-1"))).Ok;

        pod["spec"]!["tolerations"] = new JsonArray(new JsonObject { ["operator"] = "Exists" });
        var added = (await api.UpdateAsync($"{path}/p", pod)).Ok;
        ((JsonObject)added["spec"]!).Remove("tolerations");

        (await api.UpdateAsync($"{path}/p", added)).Code.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_pod_without_a_node_may_be_given_one()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        var pod = (await api.CreateAsync(path, Objects.Pod("p"))).Ok;

        pod["spec"]!["nodeName"] = "node-1";
        var bound = (await api.UpdateAsync($"{path}/p", pod)).Ok;
        bound["spec"]!["nodeName"] = "node-2";

        (await api.UpdateAsync($"{path}/p", bound)).Code.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task The_status_subresource_leaves_the_owners_of_a_pod_alone()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        var pod = (await api.CreateAsync(path, Objects.Pod("p"))).Ok;

        pod["status"] = new JsonObject { ["phase"] = "Running" };
        pod.EnsureMetadata()["ownerReferences"] = new JsonArray(new JsonObject { ["uid"] = "x" });
        var updated = (await api.UpdateAsync($"{path}/p/status", pod)).Ok;

        updated.TextAt("status", "phase").Should().Be("Running");
        updated.TextAt("status", "qosClass").Should().Be("BestEffort");
        updated.OwnerReferences.Should().BeNull();
    }
}
