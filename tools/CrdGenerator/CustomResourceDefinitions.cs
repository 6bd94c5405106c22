using System.Reflection;
using Operator.Api.Schema;
using Operator.Api.V1Alpha1;
using YamlDotNet.Serialization;
using Node = System.Collections.Generic.Dictionary<string, object>;

namespace CrdGenerator;

/// <summary>Writes the CustomResourceDefinitions of all kinds, one file each.</summary>
public static class CustomResourceDefinitions
{
    private const string Header =
        "# Generated from src/Operator.Api by `make generate`. Do not edit.\n";

    /// <summary>File name to text, for every kind.</summary>
    public static IReadOnlyDictionary<string, string> All()
    {
        var assembly = typeof(WellKnown).Assembly;
        var documentation = new Documentation(assembly);
        var schemas = new SchemaWriter(documentation);
        var yaml = new SerializerBuilder().WithQuotingNecessaryStrings().WithIndentedSequences().WithNewLine("\n").Build();
        return assembly.GetTypes()
            .Where(t => t.GetCustomAttribute<ResourceAttribute>() is not null)
            .OrderBy(t => t.Name, StringComparer.Ordinal)
            .ToDictionary(
                t => $"{WellKnown.Group}_{t.GetCustomAttribute<ResourceAttribute>()!.Plural}.yaml",
                t => Header + yaml.Serialize(Of(t, schemas, documentation)));
    }

    private static Node Of(Type type, SchemaWriter schemas, Documentation documentation)
    {
        var resource = type.GetCustomAttribute<ResourceAttribute>()!;
        var properties = new Node
        {
            ["apiVersion"] = Plain("Versions the schema of this object: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources"),
            ["kind"] = Plain("The kind of this object: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds"),
            ["metadata"] = new Node { ["type"] = "object" },
        };
        foreach (var part in ((IEnumerable<string>)["Spec", "Status"]).Select(type.GetProperty).OfType<PropertyInfo>())
        {
            var schema = schemas.Of(part.PropertyType, defaults: part.Name == "Spec");
            schema["description"] = documentation.Of(part);
            ValidationRules.Add(schema, part);
            properties[part.Name.ToLowerInvariant()] = schema;
        }

        return new()
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new Node { ["name"] = $"{resource.Plural}.{WellKnown.Group}" },
            ["spec"] = new Node
            {
                ["group"] = WellKnown.Group,
                ["names"] = new Node
                {
                    ["kind"] = type.Name,
                    ["listKind"] = type.Name + "List",
                    ["plural"] = resource.Plural,
#pragma warning disable CA1308 // Kubernetes' singular names are lower case.
                    ["singular"] = type.Name.ToLowerInvariant(),
#pragma warning restore CA1308
                    ["shortNames"] = new List<object> { resource.ShortName },
                    ["categories"] = new List<object> { WellKnown.Category },
                },
                ["scope"] = resource.Namespaced ? "Namespaced" : "Cluster",
                ["versions"] = new List<object> { Version(type, properties, documentation) },
            },
        };
    }

    private static Node Version(Type type, Node properties, Documentation documentation)
    {
        var schema = new Node
        {
            ["description"] = documentation.Of(type),
            ["type"] = "object",
            ["required"] = new List<object> { "spec" },
            ["properties"] = properties,
        };
        ValidationRules.Add(schema, type);
        var version = new Node
        {
            ["name"] = WellKnown.Version,
            ["served"] = true,
            ["storage"] = true,
            ["additionalPrinterColumns"] = type.GetCustomAttributes<PrinterColumnAttribute>().Select(Column).ToList(),
            ["schema"] = new Node { ["openAPIV3Schema"] = schema },
        };
        if (type.GetCustomAttributes<SelectableFieldAttribute>().Select(f => (object)new Node { ["jsonPath"] = f.JsonPath }).ToList() is { Count: > 0 } selectable)
            version["selectableFields"] = selectable;
        if (type.GetProperty("Status") is not null)
            version["subresources"] = new Node { ["status"] = new Node() };
        return version;
    }

    private static object Column(PrinterColumnAttribute column)
    {
        var node = new Node { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.JsonPath };
        if (column.Priority > 0)
            node["priority"] = column.Priority;
        return node;
    }

    private static Node Plain(string description) => new() { ["description"] = description, ["type"] = "string" };
}
