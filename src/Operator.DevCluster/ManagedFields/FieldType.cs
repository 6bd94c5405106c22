using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.ManagedFields;

/// <summary>How the field at one place of an object is merged: what a schema says by x-kubernetes-list-type and -map-type.</summary>
internal abstract class FieldType
{
    public static FieldType Of(ResourceDefinition resource) => resource.Strategy is CustomResourceStrategy custom
        ? new SchemaFieldType(custom.Version.At("schema", "openAPIV3Schema") as JsonObject, IsRoot: true)
        : BuiltinFieldType.OfKind(resource.Kind);

    /// <summary>Whether a map here is one value.</summary>
    public virtual bool IsAtomic => false;

    /// <summary>Whether this is there even when nobody set it, as structs of the builtin types are that are no pointers.</summary>
    public virtual bool IsAlwaysThere => false;

    /// <summary>Whether every name is allowed here: labels, not the members of a spec.</summary>
    public virtual bool IsFreeForm => false;

    /// <summary>What identifies an item of a list here: nothing (null: the list is one value), itself (none: a set), or keys.</summary>
    public virtual IReadOnlyList<ListKey>? Keys => null;

    public abstract FieldType Member(string name);

    public abstract FieldType Item { get; }
}

/// <summary>One member by which the items of a list differ, with the value that counts where it is missing.</summary>
internal readonly record struct ListKey(string Name, JsonNode? Default = null);
