using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Schema;

/// <summary>
/// That a schema is structural: its types, members and items stand in one tree, beside which <c>allOf</c>, <c>anyOf</c>,
/// <c>oneOf</c> and <c>not</c> only restrict values (pkg/apiserver/schema of apiextensions-apiserver).
/// </summary>
internal static class StructuralRules
{
    /// <summary>What a branch may not say, and what it must do instead.</summary>
    private static readonly (string Keyword, string Instead)[] OfStructure =
    [
        ("additionalProperties", "must be undefined to be structural"),
        ("default", "must be undefined to be structural"),
        ("title", "must be empty to be structural"),
        ("description", "must be empty to be structural"),
        ("nullable", "must be false to be structural"),
        ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
        ("x-kubernetes-embedded-resource", "must be false to be structural"),
        ("x-kubernetes-int-or-string", "must be false to be structural"),
        ("x-kubernetes-list-map-keys", "must be empty to be structural"),
        ("x-kubernetes-list-type", "must be undefined to be structural"),
        ("x-kubernetes-map-type", "must be undefined to be structural"),
        ("x-kubernetes-validations", "must be empty to be structural"),
    ];

    public static IEnumerable<StatusCause> Check(JsonObject root, string path) =>
    [
        .. Node(root, path, "at the root"),
        .. root["type"] is { } type && root.Text("type") != "object"
            ? [StatusCause.Invalid($"{path}.type", FieldValue.Of(type), "must be object at the root")] : Array.Empty<StatusCause>(),
        .. root["additionalProperties"] is not null
            ? [StatusCause.Forbidden($"{path}.additionalProperties", "must not be used at the root")] : Array.Empty<StatusCause>(),
        .. root.Flag("nullable") ? [StatusCause.Forbidden($"{path}.nullable", "nullable cannot be true at the root")] : Array.Empty<StatusCause>(),
        .. Metadata(root, path),
    ];

    /// <param name="where">What the node is, in a sentence about its type.</param>
    private static IEnumerable<StatusCause> Node(JsonObject node, string path, string where)
    {
        string type = node.Text("type") ?? "";
        bool isIntOrString = node.Flag("x-kubernetes-int-or-string"), preserves = node.Flag("x-kubernetes-preserve-unknown-fields");
        if (node.Flag("x-kubernetes-embedded-resource") && type != "object")
            yield return StatusCause.Invalid($"{path}.type", FieldValue.Of(type), "must be object if x-kubernetes-embedded-resource is true");
        else if (type.Length == 0 && !isIntOrString && !preserves)
            yield return StatusCause.Required($"{path}.type", $"must not be empty {where}");
        if (type == "array" && node["items"] is null)
            yield return StatusCause.Required($"{path}.items", "must be specified");
        if (isIntOrString && preserves)
            yield return StatusCause.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", "true", "must be false if x-kubernetes-int-or-string is true");
        foreach (var cause in Branches(node, node, path, path).Concat(Below(node, path)))
            yield return cause;
    }

    private static IEnumerable<StatusCause> Below(JsonObject node, string path) =>
    [
        .. (node["properties"] as JsonObject ?? []).SelectMany(p => Node((JsonObject)p.Value!, $"{path}.properties[{p.Key}]", "for specified object fields")),
        .. node["items"] is JsonObject items ? Node(items, $"{path}.items", "for specified array items") : [],
        .. node["additionalProperties"] is JsonObject additional ? Node(additional, $"{path}.additionalProperties", "for specified object fields") : [],
    ];

    private static IEnumerable<StatusCause> Branches(JsonObject node, JsonObject structure, string path, string structurePath)
    {
        foreach (string junctor in (string[])["allOf", "anyOf", "oneOf"])
        {
            if (junctor == "anyOf" && IsIntOrString(node))
                continue;
            foreach (var (i, branch) in node.Items(junctor).Index())
            {
                foreach (var cause in Branch(branch, structure, $"{path}.{junctor}[{i}]", structurePath))
                    yield return cause;
            }
        }
        foreach (var cause in node["not"] is JsonObject not ? Branch(not, structure, $"{path}.not", structurePath) : [])
            yield return cause;
    }

    /// <param name="structure">What the tree says of the same value; null if it does not know it.</param>
    private static IEnumerable<StatusCause> Branch(JsonObject branch, JsonObject? structure, string path, string structurePath)
    {
        if (structure is null)
        {
            yield return StatusCause.Required(structurePath, $"because it is defined in {path}");
            yield break;
        }
        if (branch["type"] is not null)
            yield return StatusCause.Forbidden($"{path}.type", "must be empty to be structural");
        foreach (var (keyword, instead) in OfStructure.Where(k => branch[k.Keyword] is not null))
            yield return StatusCause.Forbidden($"{path}.{keyword}", instead);
        foreach (var cause in Branches(branch, structure, path, structurePath))
            yield return cause;
        foreach (var (key, member) in branch["properties"] as JsonObject ?? [])
        {
            var known = structure.At("properties", key) as JsonObject;
            foreach (var cause in Branch((JsonObject)member!, known, $"{path}.properties[{key}]", $"{structurePath}.properties[{key}]"))
                yield return cause;
        }
        foreach (var cause in branch["items"] is JsonObject items ? Branch(items, structure["items"] as JsonObject, $"{path}.items", $"{structurePath}.items") : [])
            yield return cause;
    }

    /// <summary>The one place where branches may say types: a number or text.</summary>
    private static bool IsIntOrString(JsonObject node) =>
        node.Items("anyOf").Select(b => b.ToJsonString()).SequenceEqual(["""{"type":"integer"}""", """{"type":"string"}"""]);

    private static IEnumerable<StatusCause> Metadata(JsonObject root, string path)
    {
        foreach (string text in (string[])["apiVersion", "kind"])
        {
            if (root.At("properties", text) is JsonObject schema && schema.Text("type") != "string")
                yield return StatusCause.Invalid($"{path}.properties[{text}].type", FieldValue.Of(schema.Text("type") ?? ""), "must be string");
        }
        if (root.At("properties", "metadata") is not JsonObject metadata)
            yield break;
        string at = $"{path}.properties[metadata]";
        if (metadata.Text("type") != "object")
            yield return StatusCause.Invalid($"{at}.type", FieldValue.Of(metadata.Text("type") ?? ""), "must be object");
        bool namesOnly = (metadata["properties"] as JsonObject ?? []).All(p => p.Key is "name" or "generateName");
        if (!namesOnly || metadata.Any(m => m.Key is not ("type" or "properties")))
            yield return StatusCause.Forbidden(at, "must not specify anything other than name and generateName, but metadata is implicitly specified");
    }
}
