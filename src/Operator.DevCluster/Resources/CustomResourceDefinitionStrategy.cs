using System.Text.Json.Nodes;
using Operator.DevCluster.Schema;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>CustomResourceDefinitions are accepted and established at once: nothing here could conflict with their names.</summary>
internal sealed class CustomResourceDefinitionStrategy : ResourceStrategy
{
    public const string StorageKey = "customresourcedefinitions.apiextensions.k8s.io";
    public const string CleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

    public override bool CountsGenerations => true;

    public override IReadOnlyList<string> Prune(JsonObject json) =>
    [
        .. json.Items("spec", "versions").Index().SelectMany(v => v.Item.At("schema", "openAPIV3Schema") is JsonObject schema
            ? SchemaKeywords.Prune(schema, $"spec.versions[{v.Index}].schema.openAPIV3Schema")
            : []),
    ];

    public override void Default(JsonObject json)
    {
        var spec = json.Ensure("spec");
        var names = spec.Ensure("names");
        if (names.Text("kind") is { } kind)
        {
            names.Default("singular", kind.ToLowerInvariant());
            names.Default("listKind", kind + "List");
        }
        spec.Ensure("conversion").Default("strategy", "None");
    }

    public override void PrepareForCreate(JsonObject json)
    {
        base.PrepareForCreate(json);
        json.EnsureMetadata()["finalizers"] = new JsonArray(CleanupFinalizer);
        json["status"] = Status(json, json.TextAt("metadata", "creationTimestamp"));
    }

    public override void PrepareForUpdate(JsonObject json, JsonObject old, ResourceDefinition definition)
    {
        base.PrepareForUpdate(json, old, definition);
        json["status"] = Status(json, json.TextAt("metadata", "creationTimestamp"));
    }

    public override IEnumerable<StatusCause> Validate(JsonObject json)
    {
        try
        {
            return [.. DefinitionRules.Check(json)];
        }
        catch (FormatException wrong)
        {
            throw new StatusException(ApiStatus.BadRequest(
                $"{json.Kind} in version \"v1\" cannot be handled as a {json.Kind}: {wrong.Message}"));
        }
    }

    public override IEnumerable<StatusCause> ValidateUpdate(JsonObject json, JsonObject old) => DefinitionRules.CheckUpdate(json, old);

    private static JsonObject Status(JsonObject json, string since) => new()
    {
        ["conditions"] = new JsonArray(
            Condition("NamesAccepted", "NoConflicts", "no conflicts found", since),
            Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", since)),
        ["acceptedNames"] = json.At("spec", "names")?.DeepClone(),
        ["storedVersions"] = new JsonArray([.. json.Items("spec", "versions").Where(v => v.Flag("storage")).Select(v => v["name"]?.DeepClone())]),
    };

    private static JsonObject Condition(string type, string reason, string message, string since) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["reason"] = reason,
        ["message"] = message,
        ["lastTransitionTime"] = since,
    };
}
