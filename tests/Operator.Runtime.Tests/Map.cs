using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Operator.Runtime.Tests;

/// <summary>A ConfigMap, trimmed: what the tests follow and write.</summary>
internal sealed record Map : IMetadata<V1ObjectMeta>
{
    /// <summary>Where they are, and nothing else is.</summary>
    public const string Namespace = "maps";

    /// <summary>All of them, and not those that a whole cluster keeps in every namespace.</summary>
    public static readonly Selection All = new() { Namespace = Namespace, FieldSelector = "metadata.name!=kube-root-ca.crt,metadata.name!=openshift-service-ca.crt" };

    public static readonly ResourceKind<Map> Resource = new("", "v1", "configmaps", Namespaced: true, ResourceJson.Trimmed<Map>(TestJson.Default));

    public string ApiVersion { get; init; } = "v1";
    public string Kind { get; init; } = "ConfigMap";
    public V1ObjectMeta Metadata { get; set; } = new();
    public Dictionary<string, string>? Data { get; set; }

    public ObjectKey Key => ObjectKey.Of(Metadata);

    public static Map Of(string name, string? version = null, params (string Key, string Value)[] data) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = Namespace, ResourceVersion = version },
        Data = data.ToDictionary(d => d.Key, d => d.Value),
    };

    public static ObjectKey KeyOf(string name) => new(Namespace, name);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Map))]
internal sealed partial class TestJson : JsonSerializerContext;
