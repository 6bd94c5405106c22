using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;
using Operator.Domain.Isolation;
using Operator.Domain.Policies;
using Operator.Runtime;

namespace Operator.Cluster;

/// <summary>What isolation reads of a NetworkPolicy: which pods it selects, and how many rules it has. Its peers and ports are not kept.</summary>
public sealed record NetworkPolicy : IMetadata<V1ObjectMeta>
{
    public string ApiVersion { get; } = "networking.k8s.io/v1";
    public string Kind { get; } = "NetworkPolicy";
    public required V1ObjectMeta Metadata { get; set; }
    public NetworkPolicySpec Spec { get; set; } = new();

    /// <summary>Rules that are too large for the cache are rules: what is not kept counts as allowing something.</summary>
    internal NetworkPolicyFacts Facts => Metadata.IsTruncated()
        ? new(Metadata.Name, Spec.PodSelector, Spec.PolicyTypes, Math.Max(Spec.Ingress.All, 1), Math.Max(Spec.Ingress.FromOutside, 1), Math.Max(Spec.Egress, 1))
        : new(Metadata.Name, Spec.PodSelector, Spec.PolicyTypes, Spec.Ingress.All, Spec.Ingress.FromOutside, Spec.Egress);
}

public sealed record NetworkPolicySpec
{
    /// <summary>Null where it is longer than <see cref="BoundedSelector.MostBytes"/>: it may then select any pod.</summary>
    [JsonConverter(typeof(BoundedSelector))]
    public LabelSelector? PodSelector { get; set; } = new();

    public IReadOnlyList<string>? PolicyTypes { get; set; }

    /// <summary>How many ingress rules there are.</summary>
    [JsonConverter(typeof(IngressReader)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public IngressRules Ingress { get; set; }

    /// <summary>How many egress rules there are.</summary>
    [JsonConverter(typeof(ItemCount)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Egress { get; set; }
}

/// <summary>Reads a selector unless it is longer than any that a person writes: a tenant may fill one with a megabyte.</summary>
internal sealed class BoundedSelector : JsonConverter<LabelSelector?>
{
    public const int MostBytes = 16 * 1024;

    /// <summary>An absent podSelector selects every pod, and so does null.</summary>
    public override bool HandleNull => true;

    public override LabelSelector? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return new();
        var end = reader;
        end.Skip();
        if (end.BytesConsumed - reader.TokenStartIndex <= MostBytes)
            return JsonSerializer.Deserialize(ref reader, (JsonTypeInfo<LabelSelector>)options.GetTypeInfo(typeof(LabelSelector)));
        reader = end;
        return null;
    }

    public override void Write(Utf8JsonWriter writer, LabelSelector? value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value ?? throw new JsonException("a selector that was not kept"), (JsonTypeInfo<LabelSelector>)options.GetTypeInfo(typeof(LabelSelector)));
}

/// <summary>Ingress rules, counted.</summary>
/// <param name="All">All of them.</param>
/// <param name="FromOutside">Those that allow addresses or every source, and not only pods.</param>
public readonly record struct IngressRules(int All, int FromOutside);

/// <summary>Counts ingress rules and keeps none of them.</summary>
internal sealed class IngressReader : JsonConverter<IngressRules>
{
    public override bool HandleNull => true;

    public override IngressRules Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var (all, fromOutside) = (0, 0);
        if (reader.TokenType == JsonTokenType.Null)
            return default;
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("not a list");
        for (reader.Read(); reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            all++;
            fromOutside += IsFromOutside(ref reader) ? 1 : 0;
        }
        return new(all, fromOutside);
    }

    /// <summary>A rule without peers allows every source, and so does one with no rule that can be read.</summary>
    private static bool IsFromOutside(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return true;
        }
        var onlyPods = false;
        for (reader.Read(); reader.TokenType != JsonTokenType.EndObject; reader.Read())
        {
            var isFrom = reader.ValueTextEquals("from");
            reader.Read();
            if (isFrom && reader.TokenType == JsonTokenType.StartArray)
                onlyPods = HasOnlyPods(ref reader);
            else
                reader.Skip();
        }
        return !onlyPods;
    }

    private static bool HasOnlyPods(ref Utf8JsonReader reader)
    {
        var (peers, pods) = (0, 0);
        for (reader.Read(); reader.TokenType != JsonTokenType.EndArray; reader.Read(), peers++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            var (selects, addresses) = (false, false);
            for (reader.Read(); reader.TokenType != JsonTokenType.EndObject; reader.Read())
            {
                var (isSelector, isBlock) = (reader.ValueTextEquals("podSelector") || reader.ValueTextEquals("namespaceSelector"), reader.ValueTextEquals("ipBlock"));
                reader.Read();
                var isThere = reader.TokenType != JsonTokenType.Null;
                (selects, addresses) = (selects || (isSelector && isThere), addresses || (isBlock && isThere));
                reader.Skip();
            }
            pods += selects && !addresses ? 1 : 0;
        }
        return peers > 0 && pods == peers;
    }

    public override void Write(Utf8JsonWriter writer, IngressRules value, JsonSerializerOptions options) =>
        throw new JsonException("rules are counted, never written");
}

/// <summary>Counts the items of a list and keeps none of them.</summary>
internal sealed class ItemCount : JsonConverter<int>
{
    public override bool HandleNull => true;

    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return 0;
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("not a list");
        var count = 0;
        for (reader.Read(); reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            reader.Skip();
            count++;
        }
        return count;
    }

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => throw new JsonException("rules are counted, never written");
}
