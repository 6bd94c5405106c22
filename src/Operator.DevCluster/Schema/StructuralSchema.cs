using System.Collections.Frozen;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>
/// One node of an <c>openAPIV3Schema</c>, read once for each version of a definition and shared by every request. The
/// branches of <c>allOf</c>, <c>anyOf</c>, <c>oneOf</c> and <c>not</c> are such nodes too, which only restrict values.
/// </summary>
internal sealed record StructuralSchema
{
    /// <summary>Empty: any type.</summary>
    public string Type { get; init; } = "";
    public string Format { get; init; } = "";
    public bool Nullable { get; init; }
    public JsonNode? Default { get; init; }

    public FrozenDictionary<string, StructuralSchema> Properties { get; init; } = FrozenDictionary<string, StructuralSchema>.Empty;

    /// <summary>Null where the schema does not say.</summary>
    public AdditionalProperties? Additional { get; init; }
    public StructuralSchema? Items { get; init; }

    public bool PreservesUnknownFields { get; init; }
    public bool IsEmbeddedResource { get; init; }
    public bool IsIntOrString { get; init; }
    public string ListType { get; init; } = "";
    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary>Whether CEL rules stand on this node; they are kept, not evaluated.</summary>
    public bool HasRules { get; init; }

    public ValueValidation Values { get; init; } = ValueValidation.None;

    /// <summary>Whether this node or one below it is a set, a map by keys or a whole object, which are looked at on their own.</summary>
    public bool HasIdentities { get; init; }

    /// <summary>The type as error messages name it.</summary>
    public string TypeName => IsIntOrString ? "integer,string" : Type;

    public bool Admits(string type) => IsIntOrString ? type is "integer" or "string" : Type == type;

    /// <summary>The schema of a member; null if it may be anything or is not known.</summary>
    public StructuralSchema? Member(string key) => Properties.TryGetValue(key, out var property) ? property : Additional?.Schema;

    /// <summary>This node and all nodes below it that give structure.</summary>
    public IEnumerable<StructuralSchema> Nodes =>
        [this, .. Properties.Values.SelectMany(p => p.Nodes), .. Additional?.Schema?.Nodes ?? [], .. Items?.Nodes ?? []];
}

/// <summary><c>additionalProperties</c>: a schema, or whether there may be any.</summary>
internal sealed record AdditionalProperties(StructuralSchema? Schema, bool Allowed);

/// <summary>What a schema asks of values beyond their structure.</summary>
internal sealed record ValueValidation
{
    public static ValueValidation None { get; } = new();

    public double? Minimum { get; init; }
    public double? Maximum { get; init; }
    public bool ExclusiveMinimum { get; init; }
    public bool ExclusiveMaximum { get; init; }
    public double? MultipleOf { get; init; }
    public long? MinLength { get; init; }
    public long? MaxLength { get; init; }
    public Re2Pattern? Pattern { get; init; }
    public long? MinItems { get; init; }
    public long? MaxItems { get; init; }
    public long? MinProperties { get; init; }
    public long? MaxProperties { get; init; }
    public IReadOnlyList<JsonNode?> Enum { get; init; } = [];
    public IReadOnlyList<string> Required { get; init; } = [];
    public IReadOnlyList<StructuralSchema> AllOf { get; init; } = [];
    public IReadOnlyList<StructuralSchema> AnyOf { get; init; } = [];
    public IReadOnlyList<StructuralSchema> OneOf { get; init; } = [];
    public StructuralSchema? Not { get; init; }
}
