using System.Net;

namespace Operator.Conformance.Tests.Deletions;

public sealed class GracePeriodTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task A_pod_on_a_node_is_given_its_grace()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = await space.CreatePodAsync("p", "some-node");

        var deleted = (await space.Api.DeleteAsync($"{space.Pods}/p")).Ok;

        (deleted.IsTerminating, deleted.Metadata!.Number("deletionGracePeriodSeconds"), deleted.Generation).Should().Be((true, 30, made.Generation + 1));
        (await space.Api.GetAsync($"{space.Pods}/p")).Ok.ResourceVersion.Should().Be(deleted.ResourceVersion);
    }

    [Fact]
    public async Task A_deletion_names_another_grace()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreatePodAsync("p", "some-node");

        (await GraceAsync(space, 5)).Should().Be(5);
    }

    [Fact]
    public async Task A_grace_gets_shorter_and_never_longer()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreatePodAsync("p", "some-node");

        long? first = await GraceAsync(space, 20), longer = await GraceAsync(space, 25), shorter = await GraceAsync(space, 10);

        (first, longer, shorter).Should().Be((20, 20, 10));
    }

    [Fact]
    public async Task A_negative_grace_is_one_second()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreatePodAsync("p", "some-node");

        (await GraceAsync(space, -5)).Should().Be(1);
    }

    [Fact]
    public async Task No_grace_removes_the_pod_at_once()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreatePodAsync("p", "some-node");
        await GraceAsync(space, 20);

        (await GraceAsync(space, 0)).Should().Be(0);

        (await space.Api.GetAsync($"{space.Pods}/p")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_pod_without_a_node_goes_at_once()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreatePodAsync("p");

        (await GraceAsync(space, 20)).Should().Be(0);

        (await space.Api.GetAsync($"{space.Pods}/p")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("Succeeded")]
    [InlineData("Failed")]
    public async Task A_pod_that_has_ended_goes_at_once(string phase)
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreatePodAsync("p", "some-node");
        _ = (await space.Api.MergeAsync($"{space.Pods}/p/status", Json.Object($$$"""{"status": {"phase": "{{{phase}}}"} }"""))).Ok;

        (await GraceAsync(space, 20)).Should().Be(0);

        (await space.Api.GetAsync($"{space.Pods}/p")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    private static async Task<long?> GraceAsync(TestNamespace space, int seconds) =>
        (await space.Api.DeleteAsync($"{space.Pods}/p", Json.Object($$"""{"gracePeriodSeconds": {{seconds}}}"""))).Ok.Metadata!.Number("deletionGracePeriodSeconds");
}
