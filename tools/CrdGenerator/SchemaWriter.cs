using System.Collections;
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
    private const int LongestString = 4096;

    /// <param name="type">The type.</param>
    /// <param name="defaults">Whether absent fields are filled in. Statuses have none: what was not observed must not appear.</param>
    public Node Of(Type type, bool defaults)
    {
        var properties = new Node();
        var required = new List<object>();
        var sample = RuntimeHelpers.GetUninitializedObject(type) is var bare && type.GetConstructor(Type.EmptyTypes) is { } constructor ? constructor.Invoke(null) : bare;
        foreach (var property in PropertiesOf(type))
        {
            var name = NameOf(property);
            var schema = OfProperty(property, defaults);
            if (defaults && DefaultOf(property, sample) is { } value)
                schema["default"] = value;
            properties[name] = schema;
            if (property.GetCustomAttribute<RequiredMemberAttribute>() is not null)
                required.Add(name);
        }
        var node = new Node { ["description"] = documentation.Of(type), ["type"] = "object" };
        if (required.Count > 0)
            node["required"] = required;
        node["properties"] = properties;
        AddRules(node, type.GetCustomAttributes<RuleAttribute>());
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
        AddRules(node, property.GetCustomAttributes<RuleAttribute>());
        return node;
    }

    private Node OfType(Type type, BoundsAttribute? bounds, bool defaults)
    {
        if (type == typeof(string))
            return String(bounds?.Pattern, bounds?.Least ?? -1, bounds?.Most is > 0 and var most ? most : LongestString);
        if (type == typeof(bool))
            return new() { ["type"] = "boolean" };
        if (type == typeof(int) || type == typeof(long))
            return new() { ["type"] = "integer", ["format"] = type == typeof(int) ? "int32" : "int64" };
        if (type == typeof(DateTimeOffset))
            return new() { ["type"] = "string", ["format"] = "date-time" };
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
        ? String(bounds?.Pattern, -1, bounds?.MostItemLength is > 0 and var most ? most : LongestString)
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

    private static void AddRules(Node node, IEnumerable<RuleAttribute> rules)
    {
        var list = rules.Select(r => (object)new Node { ["rule"] = r.Expression, ["message"] = r.Message }).ToList();
        if (list.Count > 0)
            node["x-kubernetes-validations"] = list;
    }

    /// <summary>The value a new object has. An object whose fields all have defaults is itself defaulted to {}, so that theirs apply.</summary>
    private static object? DefaultOf(PropertyInfo property, object sample)
    {
        if (property.GetCustomAttribute<RequiredMemberAttribute>() is not null)
            return null;
        return property.GetValue(sample) switch
        {
            null => null,
            bool value => value,
            int value => value,
            long value => value,
            string value => value.Length == 0 ? null : value,
            Enum value => value.ToString(),
            KubeDuration value => value.ToString(),
            CountOrPercent value => value.IsPercent ? value.ToString() : value.Number,
            IList { Count: > 0 } list => list.Cast<object>().Select(i => (object)i.ToString()!).ToList(),
            IEnumerable => null,
            _ => new Node(),
        };
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
