using System.Text.Json.Nodes;
using CrdGenerator;

namespace Operator.Api.Tests.Schema;

/// <summary>One generated CustomResourceDefinition.</summary>
internal sealed record Definition(string File, JsonObject Json)
{
    public static IReadOnlyList<Definition> All { get; } =
        [.. CustomResourceDefinitions.All().Select(d => new Definition(d.Key, Repository.Documents(d.Value).Single()))];

    public static Definition Of(string kind) => All.Single(d => d.Kind == kind);

    public JsonObject Spec => Json["spec"]!.AsObject();
    public JsonObject Names => Spec["names"]!.AsObject();
    public string Kind => (string)Names["kind"]!;
    public JsonObject Version => Spec["versions"]!.AsArray().Single()!.AsObject();
    public JsonObject Root => Version["schema"]!["openAPIV3Schema"]!.AsObject();

    /// <summary>Every schema within, with where it stands: spec.match.findings[].tags[].</summary>
    public IEnumerable<Field> Fields() => Within(Kind, Root);

    /// <summary>The schema at a dotted path from a schema; null where there is none.</summary>
    public static JsonObject? At(JsonObject schema, IEnumerable<string> path) =>
        path.Aggregate<string, JsonObject?>(schema, (node, name) => node?["properties"]?[name] as JsonObject);

    private static IEnumerable<Field> Within(string path, JsonObject schema)
    {
        yield return new(path, schema);
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
        {
            foreach (var inner in Within($"{path}.{name}", property!.AsObject()))
                yield return inner;
        }
        foreach (var (suffix, key) in new[] { ("[]", "items"), ("{}", "additionalProperties") })
        {
            if (schema[key] is not JsonObject item)
                continue;
            foreach (var inner in Within(path + suffix, item))
                yield return inner;
        }
    }
}

internal sealed record Field(string Path, JsonObject Schema)
{
    public string? Type => (string?)Schema["type"];

    /// <summary>A list's item or a map's value: the field that holds it speaks for it.</summary>
    public bool IsElement => Path[^1] is ']' or '}';
}
