using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Lists;

public sealed class PagingTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task A_list_is_cut_at_its_limit_and_says_how_much_is_left()
    {
        await using var space = await LeasesAsync();

        var first = (await space.Api.GetAsync($"{space.Leases}?limit=2")).Ok;
        var second = (await NextAsync(space, first, limit: 2)).Ok;
        var third = (await NextAsync(space, second, limit: 2)).Ok;

        Names(first).Should().Equal("a", "b");
        Names(second).Should().Equal("c", "d");
        Names(third).Should().Equal("e");
        (first.NumberAt("metadata", "remainingItemCount"), second.NumberAt("metadata", "remainingItemCount")).Should().Be((3, 1));
        third.Metadata!.ContainsKey("continue").Should().BeFalse();
        third.Metadata!.ContainsKey("remainingItemCount").Should().BeFalse();
    }

    [Fact]
    public async Task All_pages_show_the_same_moment()
    {
        await using var space = await LeasesAsync();
        var first = (await space.Api.GetAsync($"{space.Leases}?limit=2")).Ok;
        await space.CreateAsync(space.Leases, TestNamespace.Lease("bb"));
        await space.Api.DeleteAsync($"{space.Leases}/d");

        var rest = (await NextAsync(space, first)).Ok;

        Names(rest).Should().Equal("c", "d", "e");
        rest.ResourceVersion.Should().Be(first.ResourceVersion);
    }

    [Fact]
    public async Task A_page_of_a_selection_does_not_say_how_much_is_left()
    {
        await using var space = await LeasesAsync();

        var page = (await space.Api.GetAsync($"{space.Leases}?limit=1&labelSelector=app=cart")).Ok;

        Names(page).Should().Equal("a");
        page.Metadata!.ContainsKey("continue").Should().BeTrue();
        page.Metadata!.ContainsKey("remainingItemCount").Should().BeFalse();
    }

    [Fact]
    public async Task A_token_that_is_none_is_a_bad_request()
    {
        await using var space = await LeasesAsync();

        var answer = await space.Api.GetAsync($"{space.Leases}?limit=2&continue=e30");

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.BadRequest, "BadRequest", "invalid continue token: continue key is not valid: server does not recognize this encoded version "));
    }

    [Fact]
    public async Task A_token_goes_with_no_other_resource_version()
    {
        await using var space = await LeasesAsync();
        var first = (await space.Api.GetAsync($"{space.Leases}?limit=2")).Ok;

        var answer = await space.Api.GetAsync($"{space.Leases}?limit=2&continue={first.TextAt("metadata", "continue")}&resourceVersion={first.ResourceVersion}");

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.BadRequest, "BadRequest", "specifying resource version is not allowed when using continue"));
    }

    private static Task<Answer> NextAsync(TestNamespace space, JsonObject page, int? limit = null) =>
        space.Api.GetAsync($"{space.Leases}?continue={page.TextAt("metadata", "continue")}" + (limit is null ? "" : $"&limit={limit}"));

    private static IEnumerable<string> Names(JsonObject list) => list.Items("items").Select(i => i.Name);

    /// <summary>Five leases, a to e, of which all but c are of the cart.</summary>
    private async Task<TestNamespace> LeasesAsync()
    {
        var space = await cluster.NamespaceAsync();
        foreach (string name in (string[])["a", "b", "c", "d", "e"])
            await space.CreateAsync(space.Leases, TestNamespace.Lease(name, ("app", name == "c" ? "till" : "cart")));
        return space;
    }
}
