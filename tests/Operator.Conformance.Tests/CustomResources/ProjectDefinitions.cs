using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.CustomResources;

/// <summary>This project's own definitions, in a group that no operator follows.</summary>
public sealed class ProjectDefinitions(ConformanceCluster cluster) : IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private readonly List<string> plurals = [];

    public string Group => $"{cluster.Mark}.recovery.example";

    public string Root => $"/apis/{Group}/v1alpha1";

    public IReadOnlyList<string> Plurals => plurals;

    public async ValueTask InitializeAsync()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(RepositoryRoot.Folder, "config", "crd"), "immutablerecovery.io_*.yaml"))
        {
            string yaml = (await File.ReadAllTextAsync(file)).Replace("immutablerecovery.io", Group);
            string plural = Path.GetFileNameWithoutExtension(file).Split('_')[1];
            _ = (await cluster.Api.ApplyYamlAsync($"{PathOf(plural)}?fieldManager=conformance&fieldValidation=Strict", yaml)).Ok;
            plurals.Add(plural);
        }
        foreach (string plural in plurals)
        {
            await Waiting.UntilAsync(async () => IsEstablished((await cluster.Api.GetAsync(PathOf(plural))).Ok), $"{plural} are established");
            await Waiting.UntilAsync(async () => (await cluster.Api.GetAsync($"{Root}/{plural}")).Code == HttpStatusCode.OK, $"{plural} are served");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string plural in plurals)
            await cluster.Api.DeleteAsync(PathOf(plural));
    }

    private static bool IsEstablished(JsonObject definition) =>
        definition.Items("status", "conditions").Any(c => c.Text("type") == "Established" && c.Text("status") == "True");

    private string PathOf(string plural) => $"{Definitions}/{plural}.{Group}";
}
