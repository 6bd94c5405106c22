using System.Net;

namespace Operator.DevCluster.Tests.Endpoints;

public sealed class ReadingTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task Pages_show_the_state_of_the_first_page_whatever_is_written_between_them()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        foreach (string name in (string[])["a", "b", "c", "d", "e"])
            await api.CreateAsync(path, Objects.ConfigMap(name));

        var first = (await api.GetAsync($"{path}?limit=2")).Ok;
        await api.DeleteAsync($"{path}/c");
        await api.CreateAsync(path, Objects.ConfigMap("cc"));
        var second = (await api.GetAsync($"{path}?limit=2&continue={first.TextAt("metadata", "continue")}")).Ok;
        var third = (await api.GetAsync($"{path}?limit=2&continue={second.TextAt("metadata", "continue")}")).Ok;

        first.Items("items").Concat(second.Items("items")).Concat(third.Items("items")).Select(i => i.Name).Should().Equal("a", "b", "c", "d", "e");
        first.TextAt("metadata", "remainingItemCount").Should().Be("3");
        second.ResourceVersion.Should().Be(first.ResourceVersion);
        third.TextAt("metadata", "continue").Should().BeEmpty();
    }

    [Fact]
    public async Task A_continue_token_from_before_a_compaction_is_expired()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false }, TestContext.Current.CancellationToken);
        using ApiClient own = new(cluster.Address);
        var first = (await own.GetAsync("/api/v1/namespaces?limit=1")).Ok;
        await own.CreateAsync("/api/v1/namespaces", Objects.Of("v1", "Namespace", "later"));
        cluster.Server.Store.Compact();

        var next = await own.GetAsync($"/api/v1/namespaces?limit=1&continue={first.TextAt("metadata", "continue")}");
        var exact = await own.GetAsync($"/api/v1/namespaces?resourceVersion={first.ResourceVersion}&resourceVersionMatch=Exact");

        (next.Code, next.Reason).Should().Be((HttpStatusCode.Gone, "Expired"));
        (exact.Code, exact.Reason).Should().Be((HttpStatusCode.Gone, "Expired"));
    }

    [Fact]
    public async Task A_list_from_the_future_times_out()
    {
        var answer = await api.GetAsync("/api/v1/pods?resourceVersion=999999999");

        answer.Code.Should().Be(HttpStatusCode.GatewayTimeout);
        answer.Message.Should().StartWith("Timeout: Too large resource version: 999999999");
    }

    [Fact]
    public async Task A_list_is_filtered_by_labels_and_fields()
    {
        string space = await server.NamespaceAsync();
        await api.CreateAsync($"/api/v1/namespaces/{space}/pods", Objects.Pod("here", "node-1"));
        await api.CreateAsync($"/api/v1/namespaces/{space}/pods", Objects.Pod("there", "node-2"));

        var onNode = (await api.GetAsync($"/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1,metadata.namespace%3D{space}")).Ok;
        var unknown = await api.GetAsync("/api/v1/pods?fieldSelector=spec.hostNetwork%3Dtrue");

        onNode.Items("items").Select(i => i.Name).Should().Equal("here");
        (unknown.Code, unknown.Message).Should().Be((HttpStatusCode.BadRequest, "field label not supported: spec.hostNetwork"));
    }

    [Fact]
    public async Task Items_of_a_typed_list_carry_no_kind()
    {
        string space = await server.NamespaceAsync();
        await api.CreateAsync($"/api/v1/namespaces/{space}/pods", Objects.Pod("p"));

        var list = (await api.GetAsync($"/api/v1/namespaces/{space}/pods")).Ok;

        list.Kind.Should().Be("PodList");
        list.Items("items").Single().ContainsKey("kind").Should().BeFalse();
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found_in_the_words_of_kubernetes()
    {
        var answer = await api.GetAsync("/apis/apps/v1/namespaces/default/deployments/nope");

        answer.Code.Should().Be(HttpStatusCode.NotFound);
        answer.Text.Should().Be(
            """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"deployments.apps \"nope\" not found","reason":"NotFound","details":{"name":"nope","group":"apps","kind":"deployments"},"code":404}""");
    }
}
