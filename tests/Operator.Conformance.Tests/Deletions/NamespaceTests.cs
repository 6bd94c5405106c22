using System.Net;

namespace Operator.Conformance.Tests.Deletions;

public sealed class NamespaceTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task A_namespace_is_known_by_its_name_and_active()
    {
        await using var space = await cluster.NamespaceAsync();

        var made = (await space.Api.GetAsync(space.Itself)).Ok;

        made.Labels!.Text("kubernetes.io/metadata.name").Should().Be(space.Name);
        made.TextAt("status", "phase").Should().Be("Active");
    }

    [Fact]
    public async Task Nothing_is_created_in_a_namespace_that_is_going()
    {
        await using var space = await HeldAsync();

        var deleted = (await space.Api.DeleteAsync(space.Itself)).Ok;
        var answer = await space.Api.CreateAsync(space.Leases, TestNamespace.Lease("b"));

        (deleted.Kind, deleted.IsTerminating, deleted.TextAt("status", "phase")).Should().Be(("Namespace", true, "Terminating"));
        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.Forbidden, "Forbidden",
            $"leases.coordination.k8s.io \"b\" is forbidden: unable to create new content in namespace {space.Name} because it is being terminated"));
        var cause = answer.Json.Items("details", "causes").Should().ContainSingle().Subject;
        (cause.Text("reason"), cause.Text("message"), cause.Text("field")).Should().Be((
            "NamespaceTerminating", $"namespace {space.Name} is being terminated", "metadata.namespace"));
        await ReleaseAsync(space);
    }

    [Fact]
    public async Task A_namespace_goes_once_what_is_in_it_is_gone()
    {
        ChosenCluster.Needs(Capability.NamespaceDeletion);
        await using var space = await HeldAsync();

        await space.Api.DeleteAsync(space.Itself);
        await Waiting.UntilAsync(async () => (await space.Api.GetAsync($"{space.Leases}/held")).Ok.IsTerminating, "what is in it is deleted");
        var before = await space.Api.GetAsync(space.Itself);
        await ReleaseAsync(space);

        before.Ok.TextAt("status", "phase").Should().Be("Terminating");
        await Waiting.UntilAsync(async () => (await space.Api.GetAsync(space.Itself)).Code == HttpStatusCode.NotFound, "the namespace is gone");
    }

    private static Task<Answer> ReleaseAsync(TestNamespace space) =>
        space.Api.MergeAsync($"{space.Leases}/held", Json.Object("""{"metadata": {"finalizers": null}}"""));

    private async Task<TestNamespace> HeldAsync()
    {
        var space = await cluster.NamespaceAsync();
        var held = TestNamespace.Lease("held");
        held.EnsureMetadata()["finalizers"] = Json.List("""["conformance.example/hold"]""");
        await space.CreateAsync(space.Leases, held);
        return space;
    }
}
