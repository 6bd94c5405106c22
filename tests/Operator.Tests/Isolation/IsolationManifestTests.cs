namespace Operator.Tests.Isolation;

/// <summary>
/// The manifests of config/isolation against the definitions that the public projects ship. None of those is part of this repository: ISOLATION_CRDS names a folder
/// with them, each as PLURAL.yaml; without it these tests are left out.
/// </summary>
public sealed class IsolationManifestTests
{
    public static TheoryData<string> Names => Dialects.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_dialects_own_schema_takes_every_field(string dialect)
    {
        var folder = Environment.GetEnvironmentVariable("ISOLATION_CRDS");
        Assert.SkipWhen(folder is null, "ISOLATION_CRDS names no folder with the definitions of the network plugins");
        var definition = Path.Combine(folder!, $"{Dialects.Of(dialect).Plural}.yaml");
        Assert.SkipUnless(File.Exists(definition), $"there is no {definition}");
        await using var cluster = await TestCluster.StartAsync();
        using var kubectl = Kubectl.For(cluster.Api);
        await kubectl.OutputAsync($"apply --server-side -f {definition}");
        await kubectl.OutputAsync($"wait --for=condition=Established -f {definition}");

        await kubectl.OutputAsync($"apply --server-side --validate=strict -f {Dialects.FileOf(dialect)}");
        var (code, _, _) = await kubectl.RunAsync("apply --server-side --validate=strict -f -", Dialects.Text(dialect).Replace("\nspec:", "\nspec:\n  nosuchfield: 1", StringComparison.Ordinal));

        code.Should().NotBe(0, "a field that the schema does not have is refused, so the schema was looked at");
    }
}
