using System.Text.Json.Nodes;

namespace Operator.Api.Tests.Schema;

/// <summary>config/crd and config/samples, as the README has people apply them.</summary>
public sealed class InstallationTests
{
    [Fact]
    public async Task Kubectl_applies_the_definitions_and_the_samples()
    {
        Assert.SkipUnless(Kubectl.IsPresent, "kubectl is not on PATH");
        await using var cluster = await ChosenCluster.StartAsync(new() { Controllers = false }, TestContext.Current.CancellationToken);
        using var kubectl = Kubectl.For(cluster);

        await kubectl.OutputAsync($"apply --server-side -f \"{Repository.PathOf("config", "crd")}\"");
        await kubectl.OutputAsync($"wait --for=condition=Established crd {string.Join(' ', Definition.All.Select(d => (string?)d.Json["metadata"]!["name"]))}");
        await kubectl.OutputAsync($"apply --server-side -k \"{Repository.PathOf("config", "crd")}\"");
        await kubectl.OutputAsync($"apply --server-side -k \"{Repository.PathOf("config", "samples")}\"");

        var definitions = JsonNode.Parse(await kubectl.OutputAsync("get crd -o json"))!["items"]!.AsArray();
        foreach (var definition in definitions)
            definition!["status"]!["conditions"]!.AsArray().Should().NotContain(c => (string?)c!["type"] == "NonStructuralSchema", (string?)definition["metadata"]!["name"]);
        (await kubectl.OutputAsync("get rp,crp,fsrc,sf,ti,irl -A")).Should().Contain("storefront").And.Contain("container-escape").And.Contain("incidents");
    }
}
