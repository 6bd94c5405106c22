using System.Net;

namespace Operator.Conformance.Tests.Lists;

public sealed class ConsistencyTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task A_list_of_exactly_one_moment_shows_nothing_later()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        string version = (await space.Api.GetAsync(space.Leases)).Ok.ResourceVersion;
        await space.CreateAsync(space.Leases, TestNamespace.Lease("b"));

        var exact = (await space.Api.GetAsync($"{space.Leases}?resourceVersion={version}&resourceVersionMatch=Exact")).Ok;
        var newer = (await space.Api.GetAsync($"{space.Leases}?resourceVersion={version}&resourceVersionMatch=NotOlderThan")).Ok;

        exact.Items("items").Select(i => i.Name).Should().Equal("a");
        exact.ResourceVersion.Should().Be(version);
        newer.Items("items").Select(i => i.Name).Should().StartWith("a");
        long.Parse(newer.ResourceVersion).Should().BeGreaterThanOrEqualTo(long.Parse(version));
    }

    [Fact]
    public async Task A_page_from_a_moment_on_shows_exactly_that_moment()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("b"));
        string version = (await space.Api.GetAsync(space.Leases)).Ok.ResourceVersion;
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var page = (await space.Api.GetAsync($"{space.Leases}?resourceVersion={version}&limit=5")).Ok;

        page.Items("items").Select(i => i.Name).Should().Equal("b");
    }

    [Fact]
    public async Task A_moment_that_is_yet_to_come_times_out()
    {
        await using var space = await cluster.NamespaceAsync();
        string now = (await space.Api.GetAsync(space.Leases)).Ok.ResourceVersion;
        string future = $"{long.Parse(now) + 1_000_000}";

        var answer = await space.Api.GetAsync($"{space.Leases}?resourceVersion={future}&resourceVersionMatch=NotOlderThan");

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.GatewayTimeout, "Timeout"));
        answer.Message.Should().StartWith($"Timeout: Too large resource version: {future}, current: ");
        answer.Json.Items("details", "causes").Should().ContainSingle().Which.Text("reason").Should().Be("ResourceVersionTooLarge");
        answer.RetryAfter.Should().Be("1");
    }

    [Theory]
    [InlineData(
        "resourceVersionMatch=Exact",
        "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData(
        "resourceVersionMatch=Exact&resourceVersion=0",
        "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
    [InlineData(
        "resourceVersionMatch=Newest&resourceVersion=1",
        "resourceVersionMatch: Unsupported value: \"Newest\": supported values: \"Exact\", \"NotOlderThan\", \"\"")]
    [InlineData("sendInitialEvents=true", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list")]
    public async Task Options_that_do_not_go_together_are_refused(string options, string why)
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.GetAsync($"{space.Leases}?{options}");

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, "Invalid", $"ListOptions.meta.k8s.io \"\" is invalid: {why}"));
    }
}
