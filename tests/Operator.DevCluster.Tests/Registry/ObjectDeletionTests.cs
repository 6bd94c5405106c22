using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Registry;

public sealed class ObjectDeletionTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Theory]
    [InlineData("uid", "the UID in the precondition")]
    [InlineData("resourceVersion", "the ResourceVersion in the precondition")]
    public async Task A_deletion_is_refused_when_its_precondition_fails(string precondition, string message)
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        await api.CreateAsync(path, Objects.ConfigMap("m"));

        var answer = await api.DeleteAsync($"{path}/m", new JsonObject { ["preconditions"] = new JsonObject { [precondition] = "1" } });

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.Conflict, "Conflict"));
        answer.Message.Should().Contain(message);
        (await api.GetAsync($"{path}/m")).Code.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_pod_on_a_node_stays_for_its_grace_until_the_kubelet_deletes_it()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        await api.CreateAsync(path, Objects.Pod("p", "node-1"));

        var terminating = (await api.DeleteAsync($"{path}/p", new JsonObject { ["gracePeriodSeconds"] = 1 })).Ok;
        terminating.TextAt("metadata", "deletionGracePeriodSeconds").Should().Be("1");
        terminating.IsTerminating.Should().BeTrue();

        var longer = (await api.DeleteAsync($"{path}/p", new JsonObject { ["gracePeriodSeconds"] = 30 })).Ok;
        longer.TextAt("metadata", "deletionGracePeriodSeconds").Should().Be("1", "a grace that runs can only be shortened");

        (await api.DeleteAsync($"{path}/p", new JsonObject { ["gracePeriodSeconds"] = 0 })).Code.Should().Be(HttpStatusCode.OK);
        (await api.GetAsync($"{path}/p")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_pod_without_a_node_goes_at_once()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        await api.CreateAsync(path, Objects.Pod("p"));

        await api.DeleteAsync($"{path}/p");

        (await api.GetAsync($"{path}/p")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_finalizer_keeps_an_object_until_it_is_taken_away()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var map = Objects.ConfigMap("m");
        map.EnsureMetadata()["finalizers"] = new JsonArray("example.com/hold");
        await api.CreateAsync(path, map);

        var held = (await api.DeleteAsync($"{path}/m")).Ok;
        held.IsTerminating.Should().BeTrue();
        held.EnsureMetadata()["finalizers"] = new JsonArray("example.com/hold", "example.com/more");
        (await api.UpdateAsync($"{path}/m", held)).Code.Should().Be(HttpStatusCode.UnprocessableEntity, "a terminating object takes no new finalizers");
        held.EnsureMetadata().Remove("finalizers");
        await api.UpdateAsync($"{path}/m", held);

        (await api.GetAsync($"{path}/m")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_deletion_answers_with_what_it_deleted()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var made = (await api.CreateAsync(path, Objects.ConfigMap("m"))).Ok;

        var status = (await api.DeleteAsync($"{path}/m")).Ok;

        status.Text("status").Should().Be("Success");
        status.TextAt("details", "uid").Should().Be(made.Uid);
    }

    [Fact]
    public async Task A_collection_is_deleted_by_its_labels()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        await api.CreateAsync(path, Objects.ConfigMap("a", ("app", "cart")));
        await api.CreateAsync(path, Objects.ConfigMap("b", ("app", "other")));

        await api.DeleteAsync($"{path}?labelSelector=app%3Dcart");

        (await api.GetAsync(path)).Ok.Items("items").Select(i => i.Name).Should().Equal("b");
    }
}
