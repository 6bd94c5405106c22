using System.Text.Json;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Resources;

/// <summary>Where a value of a builtin type stands, as Kubernetes names it in what it says about it.</summary>
/// <param name="Struct">The type that the field is of.</param>
/// <param name="Field">The names of the fields down to it, without what is in lists and maps.</param>
/// <param name="Path">The whole path.</param>
internal readonly record struct FieldPlace(string? Struct, string? Field, string Path)
{
    public FieldPlace Member(string type, string name) =>
        new(type, Field is null ? name : $"{Field}.{name}", string.IsNullOrEmpty(Path) ? name : $"{Path}.{name}");

    public FieldPlace Item(int index) => this with { Path = $"{Path}[{index}]" };

    public FieldPlace Entry(string key) => this with { Path = $"{Path}.{key}" };

    public FormatException Mismatch(JsonNode node, string type)
    {
        string value = node.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "bool",
            JsonValueKind.Array => "array",
            JsonValueKind.Object => "object",
            _ => type.StartsWith("int", StringComparison.Ordinal) ? $"number {node.ToJsonString()}" : "number",
        };
        return new($"json: cannot unmarshal {value} into Go struct field {Struct}.{Field} of type {type}");
    }
}
