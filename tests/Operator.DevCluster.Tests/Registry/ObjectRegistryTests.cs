using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Registry;

public sealed class ObjectRegistryTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task A_created_object_gets_a_uid_a_time_and_a_generation()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments";

        var made = (await api.CreateAsync(path, Objects.Deployment("cart"))).Ok;

        Guid.TryParse(made.Uid, out _).Should().BeTrue();
        made.TextAt("metadata", "creationTimestamp").Should().MatchRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$");
        made.Generation.Should().Be(1);
    }

    [Fact]
    public async Task The_generation_counts_changes_of_the_spec_alone()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments";
        var made = (await api.CreateAsync(path, Objects.Deployment("cart"))).Ok;

        made["spec"]!["replicas"] = 3;
        var scaled = (await api.UpdateAsync($"{path}/cart", made)).Ok;
        scaled.EnsureMetadata()["labels"] = new JsonObject { ["a"] = "b" };
        var labelled = (await api.UpdateAsync($"{path}/cart", scaled)).Ok;

        scaled.Generation.Should().Be(2);
        labelled.Generation.Should().Be(2);
    }

    [Fact]
    public async Task An_update_of_an_old_version_conflicts()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        var made = (await api.CreateAsync(path, Objects.ConfigMap("m"))).Ok;
        made["data"] = new JsonObject { ["k"] = "1" };
        await api.UpdateAsync($"{path}/m", made);
        made["data"] = new JsonObject { ["k"] = "2" };

        var answer = await api.UpdateAsync($"{path}/m", made);

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.Conflict, "Conflict"));
        answer.Message.Should().Be(
            "Operation cannot be fulfilled on configmaps \"m\": the object has been modified; please apply your changes to the latest version and try again");
    }

    [Fact]
    public async Task An_update_that_changes_nothing_makes_no_new_version()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments";
        var made = (await api.CreateAsync(path, Objects.Deployment("cart"))).Ok;

        var same = (await api.UpdateAsync($"{path}/cart", made)).Ok;

        same.ResourceVersion.Should().Be(made.ResourceVersion);
    }

    [Fact]
    public async Task The_status_subresource_changes_the_status_alone_and_the_object_everything_else()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments";
        var made = (await api.CreateAsync(path, Objects.Deployment("cart"))).Ok;

        made["spec"]!["replicas"] = 5;
        made["status"] = new JsonObject { ["replicas"] = 5 };
        var status = (await api.UpdateAsync($"{path}/cart/status", made)).Ok;
        status.TextAt("spec", "replicas").Should().Be("1");
        status.TextAt("status", "replicas").Should().Be("5");
        status.Generation.Should().Be(1);

        status["spec"]!["replicas"] = 2;
        status["status"] = new JsonObject();
        var whole = (await api.UpdateAsync($"{path}/cart", status)).Ok;
        whole.TextAt("spec", "replicas").Should().Be("2");
        whole.TextAt("status", "replicas").Should().Be("5");
    }

    [Fact]
    public async Task A_generated_name_begins_as_asked()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/pods";
        var pod = Objects.Pod("");
        pod["metadata"] = new JsonObject { ["generateName"] = "cart-" };

        var made = (await api.CreateAsync(path, pod)).Ok;

        made.Name.Should().MatchRegex("^cart-[bcdfghjklmnpqrstvwxz2456789]{5}$");
    }

    [Fact]
    public async Task A_name_can_be_taken_once()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";
        await api.CreateAsync(path, Objects.ConfigMap("m"));

        var answer = await api.CreateAsync(path, Objects.ConfigMap("m"));

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.Conflict, "AlreadyExists", "configmaps \"m\" already exists"));
    }

    [Fact]
    public async Task Nothing_is_created_in_a_namespace_that_does_not_exist()
    {
        var answer = await api.CreateAsync("/api/v1/namespaces/nowhere/configmaps", Objects.ConfigMap("m"));

        (answer.Code, answer.Message).Should().Be((HttpStatusCode.NotFound, "namespaces \"nowhere\" not found"));
    }

    [Fact]
    public async Task A_label_that_is_no_label_is_refused_by_its_field()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";

        var answer = await api.CreateAsync(path, Objects.ConfigMap("m", ("app", "not a label!")));

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.UnprocessableEntity, "Invalid"));
        answer.Json.Items("details", "causes").Single().Text("field").Should().Be("metadata.labels");
    }

    [Theory]
    [InlineData("""{"metadata": {"name": "m", "labels": {"a": 1}}}""")]
    [InlineData("""{"metadata": {"name": "m", "labels": []}}""")]
    [InlineData("""{"metadata": {"name": 7}}""")]
    [InlineData("""{"metadata": "m"}""")]
    [InlineData("""{"metadata": {"name": "m", "finalizers": [1]}}""")]
    [InlineData("[]")]
    public async Task A_body_of_the_wrong_shape_is_a_bad_request(string body)
    {
        var answer = await api.CreateAsync($"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps", JsonNode.Parse(body)!);

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.BadRequest, "BadRequest"));
    }

    [Fact]
    public async Task A_dry_run_answers_as_if_and_stores_nothing()
    {
        string path = $"/api/v1/namespaces/{await server.NamespaceAsync()}/configmaps";

        var answer = await api.CreateAsync($"{path}?dryRun=All", Objects.ConfigMap("m"));

        answer.Ok.Uid.Should().NotBeEmpty();
        (await api.GetAsync($"{path}/m")).Code.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Concurrent_updates_without_a_version_are_all_kept()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments";
        await api.CreateAsync(path, Objects.Deployment("cart"));

        var scales = await Task.WhenAll(Enumerable.Range(1, 20).Select(n => api.UpdateAsync(
            $"{path}/cart/scale", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "cart" }, ["spec"] = new JsonObject { ["replicas"] = n } })));

        scales.Should().OnlyContain(s => s.Code == HttpStatusCode.OK);
        (await api.GetAsync($"{path}/cart")).Ok.Generation.Should().BeGreaterThan(15);
    }
}
