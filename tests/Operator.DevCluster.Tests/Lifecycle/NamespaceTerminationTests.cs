using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Lifecycle;

public sealed class NamespaceTerminationTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task A_namespace_goes_with_all_that_is_in_it()
    {
        string space = await server.NamespaceAsync();
        await api.CreateAsync($"/api/v1/namespaces/{space}/configmaps", Objects.ConfigMap("m"));
        await api.CreateAsync($"/apis/apps/v1/namespaces/{space}/deployments", Objects.Deployment("cart"));

        var terminating = (await api.DeleteAsync($"/api/v1/namespaces/{space}")).Ok;

        terminating.TextAt("status", "phase").Should().Be("Terminating");
        await Waiting.UntilAsync(async () => (await api.GetAsync($"/api/v1/namespaces/{space}")).Code == HttpStatusCode.NotFound, "the namespace is gone");
        (await api.GetAsync($"/api/v1/namespaces/{space}/configmaps")).Ok.Items("items").Should().BeEmpty();
    }

    [Fact]
    public async Task A_namespace_waits_for_the_grace_of_its_pods_and_takes_nothing_new()
    {
        string space = await server.NamespaceAsync();
        await api.CreateAsync($"/api/v1/namespaces/{space}/pods", Objects.Pod("p", "node-1"));
        var last = (await api.CreateAsync($"/api/v1/namespaces/{space}/pods", Objects.Pod("q", "node-1"))).Ok;

        await api.DeleteAsync($"/api/v1/namespaces/{space}");
        await Waiting.UntilAsync(async () => (await api.GetAsync($"/api/v1/namespaces/{space}/pods/p")).Ok.IsTerminating, "the pod is being deleted");
        var refused = await api.CreateAsync($"/api/v1/namespaces/{space}/configmaps", Objects.ConfigMap("m"));
        (refused.Code, refused.Reason).Should().Be((HttpStatusCode.Forbidden, "Forbidden"));
        await api.DeleteAsync($"/api/v1/namespaces/{space}/pods/p?gracePeriodSeconds=0");
        await Waiting.UntilAsync(async () => (await api.GetAsync($"/api/v1/namespaces/{space}/pods/q")).Ok.IsTerminating, "the other pod is being deleted");
        var gone = (await api.DeleteAsync($"/api/v1/namespaces/{space}/pods/q?gracePeriodSeconds=0")).Ok;

        var events = await api.TakeAsync(
            $"/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3D{space}&resourceVersion={last.ResourceVersion}", 2);
        events.Select(e => e.Text("type")).Should().Equal("MODIFIED", "DELETED");
        long.Parse(((JsonObject)events[1]["object"]!).ResourceVersion).Should().BeGreaterThan(long.Parse(gone.ResourceVersion));
    }
}
