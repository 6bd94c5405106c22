using System.Net;

namespace Operator.Conformance.Tests.Writes;

public sealed class CreateTests(ConformanceCluster cluster)
{
    [Fact]
    public async Task What_is_created_gets_an_identity()
    {
        await using var space = await cluster.NamespaceAsync();
        var lease = TestNamespace.Lease("a");
        lease.EnsureMetadata()["uid"] = "of-my-own";
        lease.EnsureMetadata()["creationTimestamp"] = "2001-01-01T00:00:00Z";
        lease.EnsureMetadata()["deletionTimestamp"] = "2001-01-01T00:00:00Z";

        var answer = await space.Api.CreateAsync(space.Leases, lease);

        answer.Code.Should().Be(HttpStatusCode.Created);
        var made = answer.Ok;
        made.Namespace.Should().Be(space.Name);
        Guid.TryParse(made.Uid, out _).Should().BeTrue();
        long.Parse(made.ResourceVersion).Should().BePositive();
        made.TextAt("metadata", "creationTimestamp").Should().NotStartWith("2001");
        made.IsTerminating.Should().BeFalse();
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var answer = await space.Api.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.Conflict, "AlreadyExists", "leases.coordination.k8s.io \"a\" already exists"));
        (answer.Json.TextAt("details", "name"), answer.Json.TextAt("details", "group"), answer.Json.TextAt("details", "kind"))
            .Should().Be(("a", "coordination.k8s.io", "leases"));
    }

    [Fact]
    public async Task The_name_of_what_is_going_is_taken_still()
    {
        await using var space = await cluster.NamespaceAsync();
        var lease = TestNamespace.Lease("a");
        lease.EnsureMetadata()["finalizers"] = Json.List("""["conformance.example/hold"]""");
        await space.CreateAsync(space.Leases, lease);
        await space.Api.DeleteAsync($"{space.Leases}/a");

        var answer = await space.Api.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        await space.Api.MergeAsync($"{space.Leases}/a", Json.Object("""{"metadata": {"finalizers": null}}"""));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.Conflict, "AlreadyExists", "object is being deleted: leases.coordination.k8s.io \"a\" already exists"));
    }

    [Fact]
    public async Task A_namespace_must_exist_before_what_is_in_it()
    {
        ChosenCluster.Needs(Capability.AnyRequest);
        var answer = await cluster.Api.CreateAsync($"/api/v1/namespaces/none-{cluster.Mark}/configmaps", Objects.ConfigMap("a"));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.NotFound, "NotFound", $"namespaces \"none-{cluster.Mark}\" not found"));
    }

    [Fact]
    public async Task An_object_goes_where_its_path_says()
    {
        await using var space = await cluster.NamespaceAsync();
        var lease = TestNamespace.Lease("a");
        lease.EnsureMetadata()["namespace"] = "elsewhere";

        var answer = await space.Api.CreateAsync(space.Leases, lease);

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.BadRequest, "BadRequest", "the namespace of the provided object does not match the namespace sent on the request"));
    }

    [Fact]
    public async Task What_is_new_has_no_resource_version_yet()
    {
        await using var space = await cluster.NamespaceAsync();
        var lease = TestNamespace.Lease("a");
        lease.EnsureMetadata()["resourceVersion"] = "12";

        var answer = await space.Api.CreateAsync(space.Leases, lease);

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.InternalServerError, "", "resourceVersion should not be set on objects to be created"));
    }

    [Fact]
    public async Task An_object_needs_a_name()
    {
        await using var space = await cluster.NamespaceAsync();
        var lease = TestNamespace.Lease("a");
        lease.EnsureMetadata().Remove("name");

        var answer = await space.Api.CreateAsync(space.Leases, lease);

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.UnprocessableEntity, "Invalid"));
        answer.Message.Should().Be("Lease.coordination.k8s.io \"\" is invalid: metadata.name: Required value: name or generateName is required");
    }

    [Fact]
    public async Task A_generated_name_is_its_base_and_five_characters()
    {
        await using var space = await cluster.NamespaceAsync();
        var lease = TestNamespace.Lease("a");
        lease.EnsureMetadata().Remove("name");
        lease.EnsureMetadata()["generateName"] = "cart-";

        var made = (await space.Api.CreateAsync(space.Leases, lease)).Ok;
        var other = (await space.Api.CreateAsync(space.Leases, lease)).Ok;

        made.Name.Should().MatchRegex("^cart-[bcdfghjklmnpqrstvwxz2456789]{5}$");
        made.TextAt("metadata", "generateName").Should().Be("cart-");
        other.Name.Should().NotBe(made.Name);
    }

    [Fact]
    public async Task The_base_of_a_generated_name_is_cut()
    {
        await using var space = await cluster.NamespaceAsync();
        var lease = TestNamespace.Lease("a");
        lease.EnsureMetadata().Remove("name");
        lease.EnsureMetadata()["generateName"] = new string('a', 70);

        (await space.Api.CreateAsync(space.Leases, lease)).Ok.Name.Should().HaveLength(63).And.StartWith(new string('a', 58));
    }

    [Fact]
    public async Task A_name_of_its_own_needs_no_generated_one()
    {
        await using var space = await cluster.NamespaceAsync();
        var lease = TestNamespace.Lease("a");
        lease.EnsureMetadata()["generateName"] = "cart-";

        (await space.Api.CreateAsync(space.Leases, lease)).Ok.Name.Should().Be("a");
    }
}
