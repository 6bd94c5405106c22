using System.Text.Json.Nodes;
using Operator.DevCluster;
using Operator.Isolation;

namespace Operator.Tests.Isolation;

/// <summary>The manifests of config/isolation, and definitions of their kinds.</summary>
internal static class Dialects
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Folder, "config", "isolation");

    public static TheoryData<string> Names { get; } = [.. IsolationDialect.All.Select(d => d.Name)];

    public static IsolationDialect Of(string name) => IsolationDialect.All.Single(d => d.Name == name);

    public static string FileOf(string name) => Directory.EnumerateFiles(Folder, "*.yaml").Single(f => Manifest(f)["kind"]!.ToString() == Of(name).Kind);

    public static string Text(string name) => File.ReadAllText(FileOf(name));

    public static JsonObject Spec(string name) => (JsonObject)Manifest(FileOf(name))["spec"]!.DeepClone();

    /// <summary>A definition that takes any spec: what the operator reads does not depend on a schema.</summary>
    public static string AnySpec(string name) => Of(name) is var d ? $$"""
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: {{d.Plural}}.{{d.Group}}
          annotations: {api-approved.kubernetes.io: "unapproved, for a test"}
        spec:
          group: {{d.Group}}
          scope: Cluster
          names: {plural: {{d.Plural}}, singular: {{d.Kind.ToLowerInvariant()}}, kind: {{d.Kind}}, listKind: {{d.Kind}}List}
          versions:
          - name: {{d.Version}}
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true} }
        """ : "";

    private static JsonObject Manifest(string file) => Yaml.Documents(File.ReadAllText(file)).First();
}
