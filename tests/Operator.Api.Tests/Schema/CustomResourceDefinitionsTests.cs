using System.Text.RegularExpressions;
using CrdGenerator;
using Operator.Api.V1Alpha1;

namespace Operator.Api.Tests.Schema;

public sealed partial class CustomResourceDefinitionsTests
{
    [Fact]
    public void The_committed_files_are_the_generated_ones()
    {
        var folder = Repository.PathOf("config", "crd");
        var committed = Directory.EnumerateFiles(folder, $"{WellKnown.Group}_*.yaml").ToDictionary(f => Path.GetFileName(f)!, File.ReadAllText);
        var generated = CustomResourceDefinitions.All();

        committed.Keys.Should().BeEquivalentTo(generated.Keys, "config/crd holds one file a kind: run `make generate`, and delete what no kind stands behind");
        foreach (var (name, text) in generated)
            (committed[name] == text).Should().BeTrue($"config/crd/{name} is not what the types say: run `make generate` and commit it");
    }

    [Fact]
    public void The_kustomization_names_every_definition()
    {
        var kustomization = Repository.Documents(File.ReadAllText(Repository.PathOf("config", "crd", "Kustomization"))).Single();

        kustomization["resources"]!.AsArray().Select(r => (string)r!).Should().BeEquivalentTo(CustomResourceDefinitions.All().Keys);
    }

    [Theory]
    [InlineData("RecoveryPolicy", "recoverypolicies", "rp", "Namespaced")]
    [InlineData("ClusterRecoveryPolicy", "clusterrecoverypolicies", "crp", "Cluster")]
    [InlineData("FindingSource", "findingsources", "fsrc", "Cluster")]
    [InlineData("SecurityFinding", "securityfindings", "sf", "Namespaced")]
    [InlineData("Recovery", "recoveries", "rec", "Namespaced")]
    [InlineData("TrustedImage", "trustedimages", "ti", "Cluster")]
    [InlineData("ImageRevocationList", "imagerevocationlists", "irl", "Cluster")]
    public void A_kind_has_its_names_and_scope(string kind, string plural, string shortName, string scope)
    {
        var definition = Definition.Of(kind);

        ((string?)definition.Json["metadata"]!["name"]).Should().Be($"{plural}.immutablerecovery.io");
        ((string?)definition.Names["plural"]).Should().Be(plural);
        ((string?)definition.Names["listKind"]).Should().Be(kind + "List");
        definition.Names["shortNames"]!.AsArray().Select(n => (string)n!).Should().Equal(shortName);
        definition.Names["categories"]!.AsArray().Select(n => (string)n!).Should().Equal("immutable-recovery");
        ((string?)definition.Spec["scope"]).Should().Be(scope);
        ((string?)definition.Version["name"]).Should().Be("v1alpha1");
    }

    [Fact]
    public void Nothing_but_the_seven_kinds_is_defined() => Definition.All.Should().HaveCount(7);

    [Fact]
    public void Every_kind_but_the_revocation_list_reports_in_a_status_subresource()
    {
        foreach (var definition in Definition.All)
        {
            var reports = definition.Kind != "ImageRevocationList";
            (definition.Version["subresources"]?["status"] is not null).Should().Be(reports, definition.Kind);
            (definition.Root["properties"]!["status"] is not null).Should().Be(reports, definition.Kind);
        }
    }

    [Fact]
    public void Every_printer_column_shows_a_field_of_the_schema_in_its_type()
    {
        foreach (var definition in Definition.All)
        {
            foreach (var column in definition.Version["additionalPrinterColumns"]!.AsArray())
            {
                var (path, type) = ((string)column!["jsonPath"]!, (string)column["type"]!);
                if (path == ".metadata.creationTimestamp")
                    continue;
                // What a filter or an index selects is an item of the list.
                var field = definition.Kind + Selector().Replace(path, "[]");
                var schema = definition.Fields().SingleOrDefault(f => f.Path == field)?.Schema;
                schema.Should().NotBeNull($"{definition.Kind}: {path} is no field");
                ((string?)schema!["type"]).Should().Be(type == "date" ? "string" : type, path);
                ((string?)schema["format"] == "date-time").Should().Be(type == "date", path);
            }
        }
    }

    [Fact]
    public void Generating_leaves_other_files_of_the_folder_alone() =>
        CustomResourceDefinitions.All().Keys.Should().OnlyContain(name => name.StartsWith("immutablerecovery.io_", StringComparison.Ordinal));

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Selector();
}
