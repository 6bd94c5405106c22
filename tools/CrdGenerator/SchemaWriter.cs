using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Operator.Api.Schema;
using Operator.Api.V1Alpha1;
using Node = System.Collections.Generic.Dictionary<string, object>;

namespace CrdGenerator;

/// <summary>Writes a type as a structural schema: what the API server can check stands here, what it cannot in CEL rules beside it.</summary>
internal sealed class SchemaWriter(Documentation documentation)
{
    /// <summary>What every reader of RFC 3339 understands; the format alone lets odder spellings pass, such as a lower-case t.</summary>
    private const string TimePattern = @"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$";

    /// <param name="type">The type.</param>
    /// <param name="defaults">Whether absent fields are filled in. Statuses have none: what was not observed must not appear.</param>
    public Node Of(Type type, bool defaults)
    {
        var properties = new Node();
        var required = new List<object>();
        var sample = Activator.CreateInstance(type)!;
        foreach (var property in PropertiesOf(type))
        {
            var name = NameOf(property);
            var schema = OfProperty(property, defaults);
            if (defaults && FieldDefaults.Of(property, sample) is { } value)
                schema["default"] = value;
            properties[name] = schema;
            if (property.GetCustomAttribute<RequiredMemberAttribute>() is not null)
                required.Add(name);
        }
        var node = new Node { ["description"] = documentation.Of(type), ["type"] = "object" };
        if (required.Count > 0)
            node["required"] = required;
        node["properties"] = properties;
        ValidationRules.Add(node, type);
        return node;
    }

    private Node OfProperty(PropertyInfo property, bool defaults)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var bounds = property.GetCustomAttribute<BoundsAttribute>();
        var node = OfType(type, bounds, defaults);
        node["description"] = documentation.Of(property);
        if (property.GetCustomAttribute<NumberAttribute>() is { } number)
            (node["minimum"], node["maximum"]) = (number.Minimum, number.Maximum);
        if ((string)node.GetValueOrDefault("type", "") == "array")
        {
            var map = property.GetCustomAttribute<ListMapAttribute>();
            node["x-kubernetes-list-type"] = map switch { null => "atomic", { Keys.Length: 0 } => "set", _ => "map" };
            if (map is { Keys.Length: > 0 })
                node["x-kubernetes-list-map-keys"] = map.Keys.Cast<object>().ToList();
        }
        ValidationRules.Add(node, property);
        return node;
    }

    private Node OfType(Type type, BoundsAttribute? bounds, bool defaults)
    {
        if (type == typeof(string))
            return String(bounds?.Pattern, bounds?.Least ?? -1, bounds?.Most is > 0 and var most ? most : BoundsAttribute.LongestString);
        if (type == typeof(bool))
            return new() { ["type"] = "boolean" };
        if (type == typeof(int) || type == typeof(long))
            return new() { ["type"] = "integer", ["format"] = type == typeof(int) ? "int32" : "int64" };
        if (type == typeof(DateTimeOffset))
            return new() { ["type"] = "string", ["format"] = "date-time", ["pattern"] = TimePattern };
        if (type == typeof(KubeDuration))
            return String(KubeDuration.Pattern, -1, 32);
        if (type == typeof(CountOrPercent))
        {
            return new()
            {
                ["anyOf"] = new List<object> { new Node { ["type"] = "integer" }, new Node { ["type"] = "string" } },
                ["pattern"] = CountOrPercent.Pattern,
                ["x-kubernetes-int-or-string"] = true,
            };
        }
        if (type.IsEnum)
            return new() { ["type"] = "string", ["enum"] = Enum.GetNames(type).Cast<object>().ToList() };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>))
        {
            var list = new Node { ["type"] = "array", ["items"] = OfItem(type.GetGenericArguments()[0], bounds, defaults) };
            Limit(list, bounds, "minItems", "maxItems");
            return list;
        }
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>))
        {
            var map = new Node { ["type"] = "object", ["additionalProperties"] = OfItem(type.GetGenericArguments()[1], bounds, defaults) };
            Limit(map, bounds, "minProperties", "maxProperties");
            return map;
        }
        return Of(type, defaults);
    }

    private Node OfItem(Type type, BoundsAttribute? bounds, bool defaults) => type == typeof(string)
        ? String(bounds?.Pattern, -1, bounds?.MostItemLength is > 0 and var most ? most : BoundsAttribute.LongestString)
        : OfType(type, null, defaults);

    private static Node String(string? pattern, int least, int most)
    {
        var node = new Node { ["type"] = "string", ["maxLength"] = most };
        if (least > 0)
            node["minLength"] = least;
        if (pattern is not null)
            node["pattern"] = pattern;
        return node;
    }

    private static void Limit(Node node, BoundsAttribute? bounds, string least, string most)
    {
        if (bounds?.Least > 0)
            node[least] = bounds.Least;
        node[most] = bounds?.Most is > 0 and var limit ? limit : throw new InvalidOperationException("every list and map needs its most");
    }

    /// <summary>In the order in which they are written, a base type's first.</summary>
    private static IEnumerable<PropertyInfo> PropertiesOf(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite)
            .OrderBy(p => Depth(p.DeclaringType!))
            .ThenBy(p => p.MetadataToken);

    private static int Depth(Type type) => type.BaseType is { } parent ? Depth(parent) + 1 : 0;

    private static string NameOf(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
}
