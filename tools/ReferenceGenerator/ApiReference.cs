using System.Text;
using CrdGenerator;
using YamlDotNet.Serialization;
using Node = System.Collections.Generic.Dictionary<object, object>;

namespace ReferenceGenerator;

/// <summary>Every field of every kind, as its schema has it.</summary>
internal static class ApiReference
{
    private const string Header = """
        # API reference

        Generated from `src/Operator.Api` by `make generate`. Do not edit. `kubectl explain` tells the same on a cluster.

        Group `immutablerecovery.io`, version `v1alpha1`. `[]` stands for each item of a list, `{}` for each value of a map.

        """;

    public static string Write()
    {
        var text = new StringBuilder(Header);
        foreach (var yaml in CustomResourceDefinitions.All().Values)
            Kind(text, new DeserializerBuilder().Build().Deserialize<Node>(yaml));
        return text.ToString();
    }

    private static void Kind(StringBuilder text, Node definition)
    {
        var spec = Child(definition, "spec");
        var names = Child(spec, "names");
        var schema = Child(Child((Node)((List<object>)spec["versions"])[0], "schema"), "openAPIV3Schema");
        text.Append($"\n## {names["kind"]}\n\n{schema["description"]}\n\n");
        text.Append($"{spec["scope"]}; `kubectl get {names["plural"]}`, or `{((List<object>)names["shortNames"])[0]}`.\n");
        Rules(text, schema);
        foreach (var part in (string[])["spec", "status"])
        {
            if (!Child(schema, "properties").TryGetValue(part, out var found))
                continue;
            text.Append("\n| field | type | default | what it is |\n|---|---|---|---|\n");
            Fields(text, part, (Node)found);
        }
    }

    private static void Fields(StringBuilder text, string path, Node schema)
    {
        var required = schema.TryGetValue("required", out var list) ? ((List<object>)list).ToHashSet() : [];
        foreach (var (name, found) in schema.TryGetValue("properties", out var properties) ? (Node)properties : [])
        {
            var field = (Node)found;
            var (inner, suffix) = Inner(field);
            var absent = required.Contains(name) ? "required" : field.TryGetValue("default", out var value) && value is string or null ? $"`{value}`" : "";
            text.Append($"| `{path}.{name}{suffix}` | {TypeOf(field)} | {absent} | {Cell(field)} |\n");
            Fields(text, $"{path}.{name}{suffix}", inner);
        }
    }

    /// <summary>What an item of a list or a value of a map looks like.</summary>
    private static (Node Schema, string Suffix) Inner(Node field)
    {
        if (field.TryGetValue("items", out var items))
            return ((Node)items, "[]");
        return field.TryGetValue("additionalProperties", out var values) && values is Node each ? (each, "{}") : (field, "");
    }

    private static string TypeOf(Node field)
    {
        var (inner, suffix) = Inner(field);
        if (suffix.Length > 0)
            return $"{(suffix == "[]" ? "list" : "map")} of {TypeOf(inner)}";
        if (field.ContainsKey("x-kubernetes-int-or-string"))
            return "integer or string";
        return field.TryGetValue("format", out var format) && format is "date-time" ? "time" : field.GetValueOrDefault("type", "object").ToString()!;
    }

    private static string Cell(Node field)
    {
        List<string> words = [field.GetValueOrDefault("description", "").ToString()!];
        if (field.TryGetValue("minimum", out var least) && field.TryGetValue("maximum", out var most))
            words.Add($"From {least} to {most}.");
        if (field.TryGetValue("maxItems", out var items))
            words.Add($"At most {items}.");
        return string.Join(' ', words).Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal);
    }

    private static void Rules(StringBuilder text, Node schema)
    {
        foreach (Node rule in schema.TryGetValue("x-kubernetes-validations", out var rules) ? (List<object>)rules : [])
            text.Append($"\nRefused by the API server: {rule.GetValueOrDefault("message", rule["rule"])}.\n");
    }

    private static Node Child(Node node, string name) => (Node)node[name];
}
