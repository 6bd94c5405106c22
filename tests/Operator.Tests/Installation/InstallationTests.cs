using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.DevCluster;

namespace Operator.Tests.Installation;

/// <summary>What `kubectl apply -k config/default` installs.</summary>
public sealed class InstallationTests
{
    private const string Missing = "/there/is/no/kubeconfig";

    [Fact]
    public void Everything_that_config_has_is_in_the_default() =>
        Resources("default").Should().BeEquivalentTo("../crd", "../rbac", "../admission", "../manager");

    [Fact]
    public void Every_file_of_the_manager_is_installed() =>
        Resources("manager").Should().BeEquivalentTo(Directory.EnumerateFiles(Folder("manager")).Select(Path.GetFileName).Where(f => f != "kustomization.yaml"));

    [Fact]
    public async Task The_arguments_of_the_Deployment_are_understood()
    {
        var (code, said) = await OperatorProcess.RunAsync([.. Strings(Container()["args"]), "--kubeconfig", Missing]);

        said.Should().Contain("The API server cannot be found", "that is the first thing after its arguments");
        code.Should().Be(2);
    }

    [Theory]
    [InlineData("server: nowhere", "token: t", "nowhere")]
    [InlineData("server: https://127.0.0.1:1", "client-certificate-data: bm8gY2VydGlmaWNhdGU=, client-key-data: bm8ga2V5", "certificate")]
    public async Task A_kubeconfig_that_cannot_be_used_is_told_in_a_line(string cluster, string user, string why)
    {
        var folder = Directory.CreateTempSubdirectory("kubeconfig-");
        var file = Path.Combine(folder.FullName, "config");
        await File.WriteAllTextAsync(file, $$"""
            apiVersion: v1
            kind: Config
            current-context: c
            contexts: [{name: c, context: {cluster: c, user: u} }]
            clusters: [{name: c, cluster: { {{cluster}} } }]
            users: [{name: u, user: { {{user}} } }]
            """, TestContext.Current.CancellationToken);

        var (code, said) = await OperatorProcess.RunAsync(["--kubeconfig", file]);
        folder.Delete(recursive: true);

        said.Trim().Should().StartWith("The API server cannot be found: ").And.Contain(why).And.NotContain("\n");
        code.Should().Be(2);
    }

    [Fact]
    public void The_Deployment_is_in_the_namespace_and_has_the_account_that_the_roles_are_bound_to()
    {
        var deployment = Deployment();

        deployment["metadata"]!["namespace"]!.ToString().Should().Be(new OperatorOptions().Namespace);
        deployment["spec"]!["template"]!["spec"]!["serviceAccountName"]!.ToString().Should().Be(OperatorOptions.FieldManager);
        Strings(Container()["args"]).Should().Contain($"--namespace={new OperatorOptions().Namespace}");
    }

    [Fact]
    public async Task A_real_API_server_takes_all_of_it_and_its_pods_where_Pod_Security_is_restricted()
    {
        await using var cluster = await RealClusterAsync();
        await cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: Namespace
            metadata: {name: {{TestCluster.OperatorNamespace}}, labels: {pod-security.kubernetes.io/enforce: restricted} }
            """);

        await InstallAsync(cluster);

        await Waiting.UntilAsync(
            async () => (await cluster.Client.ListNamespacedPodAsync(TestCluster.OperatorNamespace)).Items.Count == 2,
            "both replicas are let in");
    }

    [Fact]
    public async Task Before_there_is_a_TrustedImage_everybody_else_still_rolls_out()
    {
        await using var cluster = await RealClusterAsync();
        await InstallAsync(cluster);
        await cluster.NamespaceAsync("shop");
        await cluster.DeployAsync("shop", "cart", $"cart:1.4@{cluster.Push("cart", "1.4")}", 2);
        var next = cluster.Push("cart", "1.5");

        var image = $$"""{"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "{{TestCluster.Registry}}/cart:1.5@{{next}}"}]} } } }""";
        await cluster.Client.PatchNamespacedDeploymentAsync(new V1Patch(image, V1Patch.PatchType.StrategicMergePatch), "cart", "shop");
        await cluster.ReadyAsync("shop", "cart");

        (await cluster.PodsAsync("shop")).Should().OnlyContain(p => TestCluster.Runs(p, next));
    }

    private static async Task<TestCluster> RealClusterAsync()
    {
        ChosenCluster.Needs(Capability.AdmissionPolicies);
        ChosenCluster.Needs(Capability.SimulatedKubelets);
        return await TestCluster.StartAsync();
    }

    private static async Task InstallAsync(TestCluster cluster)
    {
        foreach (var folder in Resources("default").Select(r => Path.GetFileName(r)!))
        {
            foreach (var file in Resources(folder))
                await cluster.ApplyAsync(await File.ReadAllTextAsync(Path.Combine(Folder(folder), file), TestContext.Current.CancellationToken));
        }
    }

    private static JsonObject Deployment() => Yaml.Documents(File.ReadAllText(Path.Combine(Folder("manager"), "deployment.yaml"))).Single();

    private static JsonObject Container() => (JsonObject)Deployment()["spec"]!["template"]!["spec"]!["containers"]![0]!;

    /// <summary>The folder of the definitions spells the name of its file the other way, which kustomize takes, too.</summary>
    private static IReadOnlyList<string> Resources(string folder)
    {
        var file = Directory.EnumerateFiles(Folder(folder)).Single(f => Path.GetFileName(f).Equals("kustomization.yaml", StringComparison.OrdinalIgnoreCase) || Path.GetFileName(f) == "Kustomization");
        return [.. Strings(Yaml.Documents(File.ReadAllText(file)).Single()["resources"])];
    }

    private static string Folder(string name) => Path.Combine(RepositoryRoot.Folder, "config", name);

    private static IEnumerable<string> Strings(JsonNode? list) => list!.AsArray().Select(s => s!.ToString());
}
