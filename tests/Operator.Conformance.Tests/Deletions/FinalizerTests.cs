using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Deletions;

public sealed class FinalizerTests(ConformanceCluster cluster)
{
    private const string Hold = "conformance.example/hold";

    [Fact]
    public async Task A_finalizer_holds_what_is_deleted()
    {
        await using var space = await HeldAsync();

        var deleted = (await space.Api.DeleteAsync(Path(space))).Ok;

        (deleted.Kind, deleted.IsTerminating, deleted.Metadata!.Number("deletionGracePeriodSeconds"), deleted.Generation).Should().Be(("Widget", true, 0, 2));
        var again = (await space.Api.DeleteAsync(Path(space))).Ok;
        again.ResourceVersion.Should().Be(deleted.ResourceVersion, "a second deletion changes nothing");
        await ReleaseAsync(space);
    }

    [Fact]
    public async Task What_is_going_goes_with_its_last_finalizer()
    {
        await using var space = await HeldAsync();
        var deleted = (await space.Api.DeleteAsync(Path(space))).Ok;

        var released = await ReleaseAsync(space);

        released.Code.Should().Be(HttpStatusCode.OK);
        released.Ok.Finalizers.Should().BeEmpty();
        (await space.Api.GetAsync(Path(space))).Code.Should().Be(HttpStatusCode.NotFound);
        var last = (await space.Api.TakeAsync($"{space.WidgetsOf(cluster)}?watch=true&resourceVersion={deleted.ResourceVersion}", 1)).Single();
        last.Text("type").Should().Be("DELETED");
        last.Object.Finalizers.Should().Equal([Hold], "that is how it was stored last");
    }

    [Fact]
    public async Task What_stays_stays_without_its_finalizers()
    {
        await using var space = await HeldAsync();

        await ReleaseAsync(space);

        (await space.Api.GetAsync(Path(space))).Ok.IsTerminating.Should().BeFalse();
    }

    [Fact]
    public async Task What_is_going_gets_no_more_finalizers()
    {
        await using var space = await HeldAsync();
        await space.Api.DeleteAsync(Path(space));

        var answer = await space.Api.MergeAsync(Path(space), Json.Object($$$"""{"metadata": {"finalizers": ["{{{Hold}}}", "conformance.example/more"]} }"""));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, "Invalid",
            $"Widget.{cluster.Widgets.Group} \"w\" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, " +
            "found new finalizers []string{\"conformance.example/more\"}"));
        await ReleaseAsync(space);
    }

    [Fact]
    public async Task A_deletion_cannot_be_taken_back()
    {
        await using var space = await HeldAsync();
        await space.Api.DeleteAsync(Path(space));

        var patched = (await space.Api.MergeAsync(Path(space), Json.Object("""{"metadata": {"deletionTimestamp": null}, "spec": {"size": 5}}"""))).Ok;

        (patched.IsTerminating, patched.TextAt("spec", "size")).Should().Be((true, "5"));
        await ReleaseAsync(space);
    }

    [Fact]
    public async Task A_dry_run_without_the_last_finalizer_keeps_what_is_going()
    {
        await using var space = await HeldAsync();
        await space.Api.DeleteAsync(Path(space));

        var would = await space.Api.MergeAsync($"{Path(space)}?dryRun=All", Json.Object("""{"metadata": {"finalizers": null}}"""));

        would.Ok.Finalizers.Should().BeEmpty();
        (await space.Api.GetAsync(Path(space))).Ok.Finalizers.Should().Equal(Hold);
        await ReleaseAsync(space);
    }

    [Theory]
    [InlineData("Foreground", "foregroundDeletion")]
    [InlineData("Orphan", "orphan")]
    public async Task A_propagation_is_a_finalizer_of_its_own(string policy, string finalizer)
    {
        await using var space = await HeldAsync();

        var deleted = (await space.Api.DeleteAsync($"{Path(space)}?propagationPolicy={policy}")).Ok;

        deleted.Finalizers.Should().BeEquivalentTo(Hold, finalizer);
        await ReleaseAsync(space);
    }

    private string Path(TestNamespace space) => $"{space.WidgetsOf(cluster)}/w";

    private Task<Answer> ReleaseAsync(TestNamespace space) => space.Api.MergeAsync(Path(space), Json.Object("""{"metadata": {"finalizers": null}}"""));

    private async Task<TestNamespace> HeldAsync()
    {
        var space = await cluster.NamespaceAsync();
        var widget = cluster.Widgets.Widget("w");
        widget.EnsureMetadata()["finalizers"] = new JsonArray(Hold);
        await space.CreateAsync(space.WidgetsOf(cluster), widget);
        return space;
    }
}
