using System.Globalization;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.DevCluster.Caching;

namespace Operator.DevCluster.Workloads;

/// <summary>Whether two pod templates ask for the same pods, and what a template is called.</summary>
internal static class PodTemplates
{
    public const string HashLabel = "pod-template-hash";

    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>The same but for the hash, which the Deployment controller adds itself.</summary>
    public static bool AreEqual(V1PodTemplateSpec left, V1PodTemplateSpec right) => JsonNode.DeepEquals(WithoutHash(left), WithoutHash(right));

    /// <summary>Eight to ten characters that follow from the template alone, the digits of a 32-bit hash in an alphabet that spells no words.</summary>
    public static string Hash(V1PodTemplateSpec template, int collisions)
    {
        uint hash = 2166136261;
        foreach (byte octet in System.Text.Encoding.UTF8.GetBytes(Sorted(WithoutHash(template))!.ToJsonString() + (collisions > 0 ? collisions : "")))
            hash = (hash ^ octet) * 16777619;
        return string.Concat(hash.ToString(CultureInfo.InvariantCulture).Select(c => Alphabet[c % Alphabet.Length]));
    }

    /// <summary>A pod of the template, owned by a workload and named after it.</summary>
    public static V1Pod PodOf(V1PodTemplateSpec source, IKubernetesObject<V1ObjectMeta> owner)
    {
        var template = Kinds.Clone(source);
        return new()
        {
            ApiVersion = "v1",
            Kind = "Pod",
            Metadata = new()
            {
                GenerateName = owner.Metadata.Name + "-",
                NamespaceProperty = owner.Metadata.NamespaceProperty,
                Labels = template.Metadata?.Labels,
                Annotations = template.Metadata?.Annotations,
                Finalizers = template.Metadata?.Finalizers,
                OwnerReferences = [Ownership.ReferenceTo(owner)],
            },
            Spec = template.Spec,
        };
    }

    private static JsonNode WithoutHash(V1PodTemplateSpec template)
    {
        var json = Kinds.ToJson(template)!;
        if (json["metadata"]?["labels"] is JsonObject labels)
            labels.Remove(HashLabel);
        return json;
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, Sorted(m.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
