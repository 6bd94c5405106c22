using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests;

/// <summary>How people change things.</summary>
public sealed class KubectlWritingTests(ApiServerFixture server) : IDisposable
{
    private const string Manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
              - name: main
                image: registry.example/shop/cart:1.4
                env: [{name: MODE, value: fast}, {name: OLD, value: x}]
                ports: [{containerPort: 8080}]
        """;

    private const string Changed = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: cart, labels: {tier: web}}
        spec:
          selector: {matchLabels: {app: cart}}
          template:
            metadata: {labels: {app: cart}}
            spec:
              containers:
              - name: main
                image: registry.example/shop/cart:1.5
                env: [{name: MODE, value: safe}]
                ports: [{containerPort: 8080}]
        """;

    private readonly ApiClient api = server.Api;
    private readonly Kubectl kubectl = Kubectl.For(server.Cluster);

    [Fact]
    public async Task Apply_creates_changes_and_removes()
    {
        string space = await server.NamespaceAsync();

        (await kubectl.OutputAsync($"apply -n {space} -f -", Manifest)).Should().Be("deployment.apps/cart created\n");
        (await kubectl.OutputAsync($"apply -n {space} -f -", Manifest)).Should().Be("deployment.apps/cart unchanged\n");
        await kubectl.OutputAsync($"scale -n {space} deployment cart --replicas=4");
        (await kubectl.OutputAsync($"apply -n {space} -f -", Changed)).Should().Be("deployment.apps/cart configured\n");

        await CheckChangedAsync(space);
    }

    [Fact]
    public async Task Apply_on_the_server_creates_changes_and_removes()
    {
        string space = await server.NamespaceAsync();

        (await kubectl.OutputAsync($"apply --server-side -n {space} -f -", Manifest)).Should().Be("deployment.apps/cart serverside-applied\n");
        await kubectl.OutputAsync($"scale -n {space} deployment cart --replicas=4");
        await kubectl.OutputAsync($"apply --server-side -n {space} -f -", Changed);

        await CheckChangedAsync(space);
    }

    [Fact]
    public async Task Apply_goes_over_from_the_client_to_the_server()
    {
        string space = await server.NamespaceAsync();
        await kubectl.OutputAsync($"apply -n {space} -f -", Manifest);
        await kubectl.OutputAsync($"scale -n {space} deployment cart --replicas=4");

        await kubectl.OutputAsync($"apply --server-side -n {space} -f -", Changed);

        await CheckChangedAsync(space);
        var deployment = await DeploymentAsync(space);
        deployment.Items("metadata", "managedFields").Select(m => $"{m.Text("manager")} {m.Text("operation")} {m.Text("subresource")}").Should()
            .BeEquivalentTo("kubectl Apply ", "kubectl-last-applied Apply ", "kubectl Update scale");
    }

    [Fact]
    public async Task Apply_on_the_server_tells_about_conflicts()
    {
        string space = await server.NamespaceAsync();
        await kubectl.OutputAsync($"apply --server-side --field-manager=pipeline -n {space} -f -", Manifest);

        var (code, _, error) = await kubectl.RunAsync($"apply --server-side -n {space} -f -", Changed);

        code.Should().Be(1);
        error.Should().Contain("conflicts with \"pipeline\":").And.Contain("- .spec.template.spec.containers[name=\"main\"].image");
        await kubectl.OutputAsync($"apply --server-side --force-conflicts -n {space} -f -", Changed);
    }

    [Fact]
    public async Task Patch_speaks_every_type()
    {
        string space = await server.NamespaceAsync();
        await kubectl.OutputAsync($"apply -n {space} -f -", Manifest);

        await PatchAsync("strategic", """{"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "b"}]}}}}""");
        await PatchAsync("json", """[{"op": "replace", "path": "/spec/replicas", "value": 2}]""");
        await PatchAsync("merge --subresource=status", """{"status": {"replicas": 2}}""");
        Task<string> PatchAsync(string type, string patch) =>
            kubectl.OutputAsync($"patch -n {space} deployment cart --type={type} -p \"{patch.Replace("\"", "\\\"", StringComparison.Ordinal)}\"");

        var deployment = await DeploymentAsync(space);
        var container = deployment.Items("spec", "template", "spec", "containers").Single();
        (container.Text("image"), container.Items("env").Count()).Should().Be(("b", 2));
        (deployment.TextAt("spec", "replicas"), deployment.TextAt("status", "replicas")).Should().Be(("2", "2"));
    }

    [Fact]
    public async Task Label_and_annotate_set_and_remove()
    {
        string space = await server.NamespaceAsync();
        await api.CreateAsync($"/api/v1/namespaces/{space}/pods", Objects.Pod("p"));

        await kubectl.OutputAsync($"label -n {space} pod p a=1 b=2");
        await kubectl.OutputAsync($"label -n {space} pod p a-");
        (await kubectl.RunAsync($"label -n {space} pod p b=3")).Error.Should().Contain("already has a value");
        await kubectl.OutputAsync($"annotate -n {space} pod p note=it");

        var pod = (await api.GetAsync($"/api/v1/namespaces/{space}/pods/p")).Ok;
        pod.Labels!.ToJsonString().Should().Be("""{"b":"2"}""");
        pod.Annotations!.ContainsKey("note").Should().BeTrue();
    }

    [Fact]
    public async Task Cordon_and_uncordon_say_whether_a_node_takes_pods()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false }, TestContext.Current.CancellationToken);
        using ApiClient nodes = new(cluster.Address);
        using var people = Kubectl.For(cluster);

        await people.OutputAsync("cordon node-1");
        var cordoned = (await nodes.GetAsync("/api/v1/nodes/node-1")).Ok;
        await people.OutputAsync("uncordon node-1");
        var open = (await nodes.GetAsync("/api/v1/nodes/node-1")).Ok;

        (cordoned.TextAt("spec", "unschedulable"), open.TextAt("spec", "unschedulable")).Should().Be(("true", ""));
    }

    [Fact]
    public async Task Edit_saves_what_the_editor_changed()
    {
        string space = await server.NamespaceAsync();
        await kubectl.OutputAsync($"apply -n {space} -f -", Manifest);

        await kubectl.OutputAsync($"edit -n {space} deployment cart", environment: [("KUBE_EDITOR", "sed -i s/cart:1.4/cart:1.6/")]);

        (await DeploymentAsync(space)).Items("spec", "template", "spec", "containers").Single().Text("image").Should().Be("registry.example/shop/cart:1.6");
    }

    [Fact]
    public async Task Set_image_and_rollout_restart_change_the_template()
    {
        string space = await server.NamespaceAsync();
        await kubectl.OutputAsync($"apply -n {space} -f -", Manifest);

        await kubectl.OutputAsync($"set image -n {space} deployment/cart main=registry.example/shop/cart:1.7");
        await kubectl.OutputAsync($"rollout restart -n {space} deployment/cart");

        var template = (await DeploymentAsync(space)).At("spec", "template") as JsonObject;
        template!.Items("spec", "containers").Single().Text("image").Should().EndWith(":1.7");
        template!.Annotations!.ContainsKey("kubectl.kubernetes.io/restartedAt").Should().BeTrue();
    }

    public void Dispose() => kubectl.Dispose();

    private async Task CheckChangedAsync(string space)
    {
        var deployment = await DeploymentAsync(space);
        var container = deployment.Items("spec", "template", "spec", "containers").Single();
        container.Text("image").Should().Be("registry.example/shop/cart:1.5");
        container["env"]!.ToJsonString().Should().Be("""[{"name":"MODE","value":"safe"}]""");
        container["ports"]!.ToJsonString().Should().Be("""[{"containerPort":8080,"protocol":"TCP"}]""");
        deployment.Labels!.ToJsonString().Should().Be("""{"tier":"web"}""");
        deployment.TextAt("spec", "replicas").Should().Be("4");
    }

    private async Task<JsonObject> DeploymentAsync(string space) => (await api.GetAsync($"/apis/apps/v1/namespaces/{space}/deployments/cart")).Ok;
}
