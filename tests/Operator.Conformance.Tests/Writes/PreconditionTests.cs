using System.Net;

namespace Operator.Conformance.Tests.Writes;

public sealed class PreconditionTests(ConformanceCluster cluster)
{
    private const string Modified =
        "Operation cannot be fulfilled on leases.coordination.k8s.io \"a\": the object has been modified; please apply your changes to the latest version and try again";

    [Fact]
    public async Task An_update_of_an_older_version_conflicts()
    {
        await using var space = await cluster.NamespaceAsync();
        var old = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        await space.Api.MergeAsync($"{space.Leases}/a", Json.Object("""{"metadata": {"labels": {"k": "v"}}}"""));

        var answer = await space.Api.UpdateAsync($"{space.Leases}/a", old);

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.Conflict, "Conflict", Modified));
        (answer.Json.TextAt("details", "name"), answer.Json.TextAt("details", "kind")).Should().Be(("a", "leases"));
    }

    [Fact]
    public async Task An_update_without_a_version_replaces_what_there_is()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.ConfigMaps, Objects.ConfigMap("a"));

        (await space.Api.UpdateAsync($"{space.ConfigMaps}/a", Objects.ConfigMap("a", ("k", "v")))).Ok.Labels!.Text("k").Should().Be("v");
    }

    [Fact]
    public async Task An_update_of_a_custom_resource_needs_a_version()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.WidgetsOf(cluster), cluster.Widgets.Widget("w"));

        var answer = await space.Api.UpdateAsync($"{space.WidgetsOf(cluster)}/w", cluster.Widgets.Widget("w"));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, "Invalid",
            $"widgets.{cluster.Widgets.Group} \"w\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update"));
    }

    [Fact]
    public async Task An_update_of_a_budget_needs_a_version()
    {
        await using var space = await cluster.NamespaceAsync();
        var budget = Objects.Of("policy/v1", "PodDisruptionBudget", "b");
        await space.CreateAsync(space.Budgets, budget);

        var answer = await space.Api.UpdateAsync($"{space.Budgets}/b", budget);

        (answer.Code, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity,
            "poddisruptionbudgets.policy \"b\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update"));
    }

    [Fact]
    public async Task An_update_of_another_uid_conflicts()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        string uid = made.Uid;
        made.EnsureMetadata()["uid"] = "another";

        var answer = await space.Api.UpdateAsync($"{space.Leases}/a", made);

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.Conflict, "Conflict",
            "Operation cannot be fulfilled on leases.coordination.k8s.io \"a\": StorageError: invalid object, Code: 4, " +
            $"Key: /registry/leases/{space.Name}/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: another, UID in object meta: {uid}"));
    }

    [Fact]
    public async Task An_update_of_nothing_finds_nothing()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.UpdateAsync($"{space.ConfigMaps}/a", Objects.ConfigMap("a"));

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.NotFound, "NotFound", "configmaps \"a\" not found"));
    }

    [Fact]
    public async Task An_update_of_no_lease_makes_it()
    {
        await using var space = await cluster.NamespaceAsync();
        var lease = TestNamespace.Lease("a");
        lease.EnsureMetadata()["resourceVersion"] = "12";

        var made = await space.Api.UpdateAsync($"{space.Leases}/a", lease);
        lease.EnsureMetadata()["uid"] = "another";
        lease.EnsureMetadata()["name"] = "b";
        var other = await space.Api.UpdateAsync($"{space.Leases}/b", lease);

        made.Code.Should().Be(HttpStatusCode.Created);
        (other.Code, other.Reason).Should().Be((HttpStatusCode.Conflict, "Conflict"));
        other.Message.Should().EndWith("Precondition failed: UID in precondition: another, UID in object meta: ");
    }

    [Fact]
    public async Task An_update_keeps_to_the_name_of_its_path()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.ConfigMaps, Objects.ConfigMap("a"));

        var answer = await space.Api.UpdateAsync($"{space.ConfigMaps}/a", Objects.ConfigMap("b"));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.BadRequest, "BadRequest", "the name of the object (b) does not match the name on the URL (a)"));
    }

    [Fact]
    public async Task A_patch_with_another_uid_is_invalid()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var answer = await space.Api.MergeAsync($"{space.Leases}/a", Json.Object("""{"metadata": {"uid": "another", "labels": {"k": "v"}}}"""));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.UnprocessableEntity, "Invalid",
            "Lease.coordination.k8s.io \"a\" is invalid: metadata.uid: Invalid value: \"another\": field is immutable"));
        // Some kinds find it twice.
        answer.Json.Items("details", "causes").Should().OnlyContain(c => c.Text("reason") == "FieldValueInvalid" && c.Text("field") == "metadata.uid");
    }

    [Fact]
    public async Task A_patch_with_the_right_uid_is_applied()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var patched = await space.Api.MergeAsync($"{space.Leases}/a", Json.Object($$$"""{"metadata": {"uid": "{{{made.Uid}}}", "labels": {"k": "v"} } }"""));

        patched.Ok.Labels!.Text("k").Should().Be("v");
    }

    [Fact]
    public async Task A_patch_of_an_older_version_conflicts()
    {
        await using var space = await cluster.NamespaceAsync();
        var old = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        await space.Api.MergeAsync($"{space.Leases}/a", Json.Object("""{"metadata": {"labels": {"k": "v"}}}"""));

        var answer = await space.Api.MergeAsync(
            $"{space.Leases}/a", Json.Object($$$"""{"metadata": {"resourceVersion": "{{{old.ResourceVersion}}}", "labels": {"k": "w"} } }"""));

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.Conflict, "Conflict", Modified));
    }

    [Fact]
    public async Task A_deletion_of_another_uid_conflicts()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var answer = await space.Api.DeleteAsync($"{space.Leases}/a", Json.Object("""{"preconditions": {"uid": "another"}}"""));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.Conflict, "Conflict",
            $"Operation cannot be fulfilled on Lease.coordination.k8s.io \"a\": the UID in the precondition (another) does not match the UID in record ({made.Uid}). " +
            "The object might have been deleted and then recreated"));
        answer.Json.TextAt("details", "kind").Should().Be("Lease");
    }

    [Fact]
    public async Task A_deletion_of_an_older_version_conflicts()
    {
        await using var space = await cluster.NamespaceAsync();
        var old = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));
        var now = (await space.Api.MergeAsync($"{space.Leases}/a", Json.Object("""{"metadata": {"labels": {"k": "v"}}}"""))).Ok;

        var answer = await space.Api.DeleteAsync($"{space.Leases}/a", Json.Object($$$"""{"preconditions": {"resourceVersion": "{{{old.ResourceVersion}}}"} }"""));

        (answer.Code, answer.Reason, answer.Message).Should().Be((
            HttpStatusCode.Conflict, "Conflict",
            $"Operation cannot be fulfilled on Lease.coordination.k8s.io \"a\": the ResourceVersion in the precondition ({old.ResourceVersion}) " +
            $"does not match the ResourceVersion in record ({now.ResourceVersion}). The object might have been modified"));
    }

    [Fact]
    public async Task A_deletion_of_what_is_named_rightly_is_done()
    {
        await using var space = await cluster.NamespaceAsync();
        var made = await space.CreateAsync(space.Leases, TestNamespace.Lease("a"));

        var answer = await space.Api.DeleteAsync(
            $"{space.Leases}/a", Json.Object($$$"""{"preconditions": {"uid": "{{{made.Uid}}}", "resourceVersion": "{{{made.ResourceVersion}}}"} }"""));

        answer.Code.Should().Be(HttpStatusCode.OK);
        (await space.Api.GetAsync($"{space.Leases}/a")).Code.Should().Be(HttpStatusCode.NotFound);
    }
}
