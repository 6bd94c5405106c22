using System.Net;

namespace Operator.Conformance.Tests.Lists;

/// <summary>What the API server has forgotten. Forgetting would disturb every other test, so these run when no other does.</summary>
[Collection(nameof(Forgetting))]
public sealed class CompactionTests(ConformanceCluster cluster)
{
    private const string ContinueExpired =
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, " +
        "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an " +
        "inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

    [CollectionDefinition(nameof(Forgetting), DisableParallelization = true)]
    public sealed class Forgetting;

    [Fact]
    public async Task A_token_whose_moment_is_forgotten_is_expired_and_another_shows_the_rest_of_now()
    {
        ChosenCluster.Needs(Capability.Compaction);
        await using var space = await cluster.NamespaceAsync();
        foreach (string name in (string[])["a", "b", "c", "d"])
            await space.CreateAsync(space.Leases, TestNamespace.Lease(name));
        var first = (await space.Api.GetAsync($"{space.Leases}?limit=2")).Ok;
        await space.CreateAsync(space.Leases, TestNamespace.Lease("cc"));
        cluster.Compact();

        var expired = await space.Api.GetAsync($"{space.Leases}?continue={first.TextAt("metadata", "continue")}");
        var rest = (await space.Api.GetAsync($"{space.Leases}?continue={expired.Json.TextAt("metadata", "continue")}")).Ok;

        (expired.Code, expired.Reason, expired.Message).Should().Be((HttpStatusCode.Gone, "Expired", ContinueExpired));
        rest.Items("items").Select(i => i.Name).Should().Equal("c", "cc", "d");
    }

    [Fact]
    public async Task A_list_of_a_moment_that_is_forgotten_is_expired()
    {
        ChosenCluster.Needs(Capability.Compaction);
        await using var space = await cluster.NamespaceAsync();
        var old = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        await space.CreateAsync(space.Leases, TestNamespace.Lease("b"));
        cluster.Compact();

        var answer = await space.Api.GetAsync($"{space.Leases}?resourceVersion={old.ResourceVersion}&resourceVersionMatch=Exact");

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.Gone, "Expired", "The resourceVersion for the provided list is too old."));
    }
}
