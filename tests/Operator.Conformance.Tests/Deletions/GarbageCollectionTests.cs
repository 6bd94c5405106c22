using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Deletions;

public sealed class GarbageCollectionTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task What_is_owned_goes_after_its_owner()
    {
        ChosenCluster.Needs(Capability.GarbageCollection);
        await using var space = await FamilyAsync();

        await space.Api.DeleteAsync($"{space.Leases}/owner");

        await GoneAsync(space, "owned");
        (await space.Api.GetAsync($"{space.Leases}/owner")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_owner_in_the_foreground_waits_for_what_it_owns()
    {
        ChosenCluster.Needs(Capability.GarbageCollection);
        await using var space = await FamilyAsync("conformance.example/hold");

        var deleted = (await space.Api.DeleteAsync($"{space.Leases}/owner?propagationPolicy=Foreground")).Ok;

        deleted.Finalizers.Should().Equal("foregroundDeletion");
        await Waiting.UntilAsync(async () => (await space.Api.GetAsync($"{space.Leases}/owned")).Ok.IsTerminating, "what is owned is deleted");
        (await space.Api.GetAsync($"{space.Leases}/owner")).Ok.IsTerminating.Should().BeTrue();
        await space.Api.MergeAsync($"{space.Leases}/owned", Json.Object("""{"metadata": {"finalizers": null}}"""));
        await GoneAsync(space, "owner");
    }

    [Fact]
    public async Task An_orphan_stays_without_its_owner()
    {
        ChosenCluster.Needs(Capability.GarbageCollection);
        await using var space = await FamilyAsync();

        await space.Api.DeleteAsync($"{space.Leases}/owner?propagationPolicy=Orphan");

        await GoneAsync(space, "owner");
        (await space.Api.GetAsync($"{space.Leases}/owned")).Ok.OwnerReferences.Should().BeNull();
    }

    [Fact]
    public async Task What_names_an_owner_of_another_uid_goes()
    {
        ChosenCluster.Needs(Capability.GarbageCollection);
        await using var space = await FamilyAsync();
        var owner = (await space.Api.GetAsync($"{space.Leases}/owner")).Ok;
        owner.EnsureMetadata()["uid"] = Guid.NewGuid().ToString();

        await space.CreateAsync(space.Leases, Owned("stray", owner));

        await GoneAsync(space, "stray");
    }

    [Fact]
    public async Task What_has_another_owner_left_stays()
    {
        ChosenCluster.Needs(Capability.GarbageCollection);
        await using var space = await FamilyAsync();
        var other = await space.CreateAsync(space.Leases, TestNamespace.Lease("other"));
        var reference = Owned("x", other).OwnerReferences!.Single()!.DeepClone();
        await space.Api.JsonPatchAsync(
            $"{space.Leases}/owned", new JsonArray(new JsonObject { ["op"] = "add", ["path"] = "/metadata/ownerReferences/-", ["value"] = reference }));

        await space.Api.DeleteAsync($"{space.Leases}/owner");

        await Waiting.UntilAsync(
            async () => (await space.Api.GetAsync($"{space.Leases}/owned")).Ok.OwnerReferences!.Count == 1, "the reference to the owner that is gone goes");
    }

    private static Task GoneAsync(TestNamespace space, string name) =>
        Waiting.UntilAsync(async () => (await space.Api.GetAsync($"{space.Leases}/{name}")).Code == HttpStatusCode.NotFound, $"{name} is gone");

    private static JsonObject Owned(string name, JsonObject owner)
    {
        var owned = TestNamespace.Lease(name);
        owned.EnsureMetadata()["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = owner.ApiVersion,
            ["kind"] = owner.Kind,
            ["name"] = owner.Name,
            ["uid"] = owner.Uid,
            ["blockOwnerDeletion"] = true,
        });
        return owned;
    }

    private async Task<TestNamespace> FamilyAsync(string? finalizer = null)
    {
        var space = await cluster.NamespaceAsync();
        var owned = Owned("owned", await space.CreateAsync(space.Leases, TestNamespace.Lease("owner")));
        if (finalizer is not null)
            owned.EnsureMetadata()["finalizers"] = new JsonArray(finalizer);
        await space.CreateAsync(space.Leases, owned);
        return space;
    }
}
