using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Evictions;

public sealed class EvictionTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task A_pod_without_a_budget_is_evicted()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.RunAsync("p");

        var answer = await space.EvictAsync("p");

        (answer.Code, answer.Json.Text("status"), answer.Json.NumberAt("code")).Should().Be((HttpStatusCode.Created, "Success", 201));
        var pod = (await space.Api.GetAsync($"{space.Pods}/p")).Ok;
        (pod.IsTerminating, pod.Metadata!.Number("deletionGracePeriodSeconds")).Should().Be((true, 30));
        var condition = pod.Items("status", "conditions").Single(c => c.Text("type") == "DisruptionTarget");
        (condition.Text("status"), condition.Text("reason"), condition.Text("message")).Should().Be(("True", "EvictionByEvictionAPI", "Eviction API: evicting"));
    }

    [Fact]
    public async Task An_eviction_names_another_grace()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.RunAsync("p");

        _ = (await space.EvictAsync("p", """{"gracePeriodSeconds": 3}""")).Ok;

        (await space.Api.GetAsync($"{space.Pods}/p")).Ok.Metadata!.Number("deletionGracePeriodSeconds").Should().Be(3);
    }

    [Fact]
    public async Task A_pod_that_is_not_there_is_not_found()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.EvictAsync("none");

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.NotFound, "NotFound", "pods \"none\" not found"));
    }

    [Fact]
    public async Task A_pod_of_another_uid_is_not_evicted()
    {
        await using var space = await cluster.NamespaceAsync();
        var pod = await space.RunAsync("p");

        var answer = await space.EvictAsync("p", """{"preconditions": {"uid": "another"}}""");

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.Conflict, "Conflict"));
        answer.Message.Should().Be(
            $"Operation cannot be fulfilled on Pod \"p\": the UID in the precondition (another) does not match the UID in record ({pod.Uid}). " +
            "The object might have been deleted and then recreated");
        (await space.Api.GetAsync($"{space.Pods}/p")).Ok.IsTerminating.Should().BeFalse();
    }

    [Fact]
    public async Task A_pod_of_another_version_is_not_evicted()
    {
        await using var space = await cluster.NamespaceAsync();
        var old = await space.RunAsync("p");
        var pod = (await space.Api.MergeAsync($"{space.Pods}/p", Json.Object("""{"metadata": {"labels": {"k": "v"}}}"""))).Ok;

        var answer = await space.EvictAsync("p", $$$"""{"preconditions": {"resourceVersion": "{{{old.ResourceVersion}}}"} }""");

        answer.Code.Should().Be(HttpStatusCode.Conflict);
        answer.Message.Should().Be(
            $"Operation cannot be fulfilled on Pod \"p\": the ResourceVersion in the precondition ({old.ResourceVersion}) does not match the ResourceVersion in record " +
            $"({pod.ResourceVersion}). The object might have been modified");
    }

    [Fact]
    public async Task The_version_that_is_named_rightly_is_evicted()
    {
        await using var space = await cluster.NamespaceAsync();
        var pod = await space.RunAsync("p");

        var answer = await space.EvictAsync("p", $$$"""{"preconditions": {"uid": "{{{pod.Uid}}}", "resourceVersion": "{{{pod.ResourceVersion}}}"} }""");

        answer.Code.Should().Be(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_dry_run_evicts_nobody()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.RunAsync("p");

        var byQuery = await space.Api.CreateAsync($"{space.Pods}/p/eviction?dryRun=All", Evictions.Eviction("p"));
        var byBody = await space.EvictAsync("p", """{"dryRun": ["All"]}""");

        (byQuery.Code, byBody.Code).Should().Be((HttpStatusCode.Created, HttpStatusCode.Created));
        var pod = (await space.Api.GetAsync($"{space.Pods}/p")).Ok;
        pod.IsTerminating.Should().BeFalse();
        pod.Items("status", "conditions").Should().NotContain(c => c.Text("type") == "DisruptionTarget");
    }

    [Fact]
    public async Task An_eviction_is_of_the_pod_of_its_path()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.RunAsync("p");

        var answer = await space.Api.CreateAsync($"{space.Pods}/p/eviction", Evictions.Eviction("q"));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.BadRequest, "BadRequest", "name in URL does not match name in Eviction object"));
    }

    [Fact]
    public async Task An_eviction_can_only_be_created()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.RunAsync("p");

        (await space.Api.GetAsync($"{space.Pods}/p/eviction")).Code.Should().Be(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Discovery_tells_of_it()
    {
        var resource = (await cluster.Api.GetAsync("/api/v1")).Ok.Items("resources").Single(r => r.Text("name") == "pods/eviction");

        (resource.Text("group"), resource.Text("version"), resource.Text("kind"), resource.Flag("namespaced")).Should().Be(("policy", "v1", "Eviction", true));
        resource["verbs"]!.AsArray().Select(v => v!.ToString()).Should().Equal("create");
    }
}
