using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Deletions;

public sealed class DeletionTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task A_deletion_says_what_went()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var answer = await space.Api.DeleteAsync($"{space.Leases}/a");

        answer.Code.Should().Be(HttpStatusCode.OK);
        var status = answer.Ok;
        (status.Kind, status.Text("status")).Should().Be(("Status", "Success"));
        (status.TextAt("details", "name"), status.TextAt("details", "group"), status.TextAt("details", "kind"), status.TextAt("details", "uid"))
            .Should().Be(("a", "coordination.k8s.io", "leases", made.Uid));
    }

    [Theory]
    [InlineData("pods")]
    [InlineData("services")]
    [InlineData("serviceaccounts")]
    public async Task Some_resources_answer_a_deletion_with_the_object(string plural)
    {
        await using var space = await cluster.NamespaceAsync();
        string path = $"{space.Itself}/{plural}";
        if (plural == "pods")
            await space.CreatePodAsync("a");
        else
            await space.CreateAsync(path, Service(plural));

        var deleted = (await space.Api.DeleteAsync($"{path}/a")).Ok;

        deleted.Name.Should().Be("a");
        (await space.Api.GetAsync($"{path}/a")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.DeleteAsync($"{space.Leases}/none");

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.NotFound, "NotFound", "leases.coordination.k8s.io \"none\" not found"));
    }

    [Theory]
    [InlineData(
        """{"propagationPolicy": "Slowly"}""",
        "propagationPolicy: Unsupported value: \"Slowly\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"")]
    [InlineData(
        """{"propagationPolicy": "Orphan", "orphanDependents": true}""",
        "propagationPolicy: Invalid value: \"Orphan\": orphanDependents and deletionPropagation cannot be both set")]
    public async Task Options_that_make_no_sense_are_invalid(string options, string why)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var answer = await space.Api.DeleteAsync($"{space.Leases}/a", Json.Object(options));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, "Invalid", $"DeleteOptions.meta.k8s.io \"\" is invalid: {why}"));
    }

    [Fact]
    public async Task A_collection_is_deleted_as_far_as_it_is_selected()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a", ("app", "cart")));
        await space.CreateAsync(space.Leases, TestNamespace.Lease("b", ("app", "till")));
        await space.CreateAsync(space.Leases, TestNamespace.Lease("c", ("app", "cart")));

        var answer = (await space.Api.DeleteAsync($"{space.Leases}?labelSelector=app%3Dcart")).Ok;

        (answer.Kind, answer.ApiVersion).Should().Be(("LeaseList", "coordination.k8s.io/v1"));
        answer.Items("items").Select(i => i.Name).Should().Equal("a", "c");
        answer.Items("items").Should().OnlyContain(i => !i.ContainsKey("kind"), "lists of builtin types leave it out");
        (await space.NamesAsync(space.Leases)).Should().Equal("b");
    }

    [Fact]
    public async Task A_collection_of_pods_is_answered_as_it_was()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreatePodAsync("p", "some-node");

        var answer = (await space.Api.DeleteAsync(space.Pods)).Ok;

        answer.Items("items").Single().IsTerminating.Should().BeFalse();
        (await space.Api.GetAsync($"{space.Pods}/p")).Ok.IsTerminating.Should().BeTrue();
    }

    [Fact]
    public async Task A_collection_is_deleted_up_to_a_limit()
    {
        await using var space = await cluster.NamespaceAsync();
        foreach (string name in (string[])["a", "b", "c"])
            await space.CreateAsync(space.Leases, TestNamespace.Lease(name));

        var answer = (await space.Api.DeleteAsync($"{space.Leases}?limit=2")).Ok;

        answer.TextAt("metadata", "continue").Should().NotBeEmpty();
        (await space.NamesAsync(space.Leases)).Should().Equal("c");
    }

    [Fact]
    public async Task Namespaces_are_deleted_one_by_one()
    {
        ChosenCluster.Needs(Capability.AnyRequest);
        var answer = await cluster.Api.DeleteAsync($"/api/v1/namespaces?labelSelector=mark%3D{cluster.Mark}");

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.MethodNotAllowed, "MethodNotAllowed", "the server does not allow this method on the requested resource"));
    }

    private static JsonObject Service(string plural)
    {
        if (plural == "serviceaccounts")
            return Objects.Of("v1", "ServiceAccount", "a");
        var service = Objects.Of("v1", "Service", "a");
        service["spec"] = Json.Object("""{"ports": [{"port": 80}]}""");
        return service;
    }
}
