using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.CustomResources;

/// <summary>This project's own definitions, in a group that no operator follows.</summary>
public sealed class ProjectDefinitionsTests(ConformanceCluster cluster) : IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private readonly List<string> installed = [];

    private string Group => $"{cluster.Mark}.recovery.example";

    public async ValueTask InitializeAsync()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(RepositoryRoot.Folder, "config", "crd"), "immutablerecovery.io_*.yaml"))
        {
            string yaml = (await File.ReadAllTextAsync(file)).Replace("immutablerecovery.io", Group);
            string path = $"{Definitions}/{Path.GetFileNameWithoutExtension(file).Split('_')[1]}.{Group}";
            _ = (await cluster.Api.ApplyYamlAsync($"{path}?fieldManager=conformance&fieldValidation=Strict", yaml)).Ok;
            installed.Add(path);
        }
        foreach (string path in installed)
            await Waiting.UntilAsync(async () => IsEstablished((await cluster.Api.GetAsync(path)).Ok), $"{path} is established");
    }

    [Fact]
    public async Task All_of_them_are_served()
    {
        await Waiting.UntilAsync(
            async () => (await cluster.Api.GetAsync($"/apis/{Group}/v1alpha1")) is { Code: HttpStatusCode.OK } found
                && installed.All(d => found.Json.Items("resources").Any(r => d.EndsWith($"/{r.Text("name")}.{Group}", StringComparison.Ordinal))),
            "every definition is served");
    }

    [Fact]
    public async Task What_a_definition_requires_is_missed()
    {
        await using var space = await cluster.NamespaceAsync();
        string path = $"/apis/{Group}/v1alpha1/namespaces/{space.Name}/recoverypolicies";
        await Waiting.UntilAsync(async () => (await space.Api.GetAsync(path)).Code == HttpStatusCode.OK, "policies are served");
        var policy = Objects.Of($"{Group}/v1alpha1", "RecoveryPolicy", "p");
        policy["spec"] = new JsonObject { ["mode"] = "Sometimes" };

        var answer = await space.Api.CreateAsync(path, policy);

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.UnprocessableEntity, "Invalid"));
        answer.Message.Should().StartWith($"RecoveryPolicy.{Group} \"p\" is invalid: ");
        answer.Json.Items("details", "causes").Should().Contain(c => c.Text("field") == "spec.mode" && c.Text("reason") == "FieldValueNotSupported");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string path in installed)
            await cluster.Api.DeleteAsync(path);
    }

    private static bool IsEstablished(JsonObject definition) =>
        definition.Items("status", "conditions").Any(c => c.Text("type") == "Established" && c.Text("status") == "True");
}
