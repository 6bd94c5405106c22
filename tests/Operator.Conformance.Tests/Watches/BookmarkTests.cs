using System.Net;

namespace Operator.Conformance.Tests.Watches;

public sealed class BookmarkTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task A_watch_that_asks_for_bookmarks_gets_one_before_it_ends()
    {
        await using var space = await cluster.NamespaceAsync();
        string version = (await space.Api.GetAsync(space.Leases)).Ok.ResourceVersion;
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        // One comes every minute, and one some two seconds before the end.
        var events = await space.Api.TakeAsync($"{space.Leases}?watch=true&allowWatchBookmarks=true&timeoutSeconds=8&resourceVersion={version}", 2);

        events.Select(e => e.Text("type")).Should().Equal("ADDED", "BOOKMARK");
        var bookmark = events[1];
        (bookmark.Object.Kind, bookmark.Object.ApiVersion).Should().Be(("Lease", "coordination.k8s.io/v1"));
        long.Parse(bookmark.Object.ResourceVersion).Should().BeGreaterThanOrEqualTo(long.Parse(events.First().Object.ResourceVersion));
        bookmark.Object.Name.Should().BeEmpty();
    }

    [Fact]
    public async Task Initial_events_end_with_a_bookmark_that_says_so()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        var last = await space.CreateAsync(space.Leases, TestNamespace.Lease("b"));

        var events = await space.Api.TakeAsync(
            $"{space.Leases}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true", 3);

        events.Take(2).Select(e => (e.Text("type"), e.Object.Name)).Should().BeEquivalentTo([("ADDED", "a"), ("ADDED", "b")]);
        events[2].Text("type").Should().Be("BOOKMARK");
        events[2].Object.Annotations!.Text("k8s.io/initial-events-end").Should().Be("true");
        long.Parse(events[2].Object.ResourceVersion).Should().BeGreaterThanOrEqualTo(long.Parse(last.ResourceVersion));
    }

    [Fact]
    public async Task A_watch_goes_on_from_the_bookmark_that_ended_its_initial_events()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        var initial = await space.Api.TakeAsync(
            $"{space.Leases}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true", 2);
        await space.CreateAsync(space.Leases, TestNamespace.Lease("b"));

        var events = await space.Api.TakeAsync($"{space.Leases}?watch=true&resourceVersion={initial[1].Object.ResourceVersion}", 1);

        events[0].Object.Name.Should().Be("b");
    }

    [Theory]
    [InlineData(
        "sendInitialEvents=true&allowWatchBookmarks=true",
        "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
    [InlineData(
        "resourceVersionMatch=NotOlderThan",
        "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
    public async Task Options_that_do_not_go_together_are_refused(string options, string why)
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.GetAsync($"{space.Leases}?watch=true&{options}");

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, "Invalid", $"ListOptions.meta.k8s.io \"\" is invalid: {why}"));
    }

    [Fact]
    public async Task A_watch_from_before_what_is_remembered_ends_with_an_expired_error_in_the_stream()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));

        // Nothing remembers the time before the definition.
        var events = await space.Api.TakeAsync($"{space.WidgetsOf(cluster)}?watch=true&resourceVersion=1", 2);

        var error = events.Should().ContainSingle().Subject;
        error.Text("type").Should().Be("ERROR");
        (error.Object.Kind, error.Object.NumberAt("code"), error.Object.Text("reason"), error.Object.Text("status")).Should().Be(("Status", 410, "Expired", "Failure"));
        error.Object.Text("message").Should().StartWith("too old resource version: 1 (");
    }
}
