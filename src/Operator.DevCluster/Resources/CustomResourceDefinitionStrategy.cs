using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>CustomResourceDefinitions are accepted and established at once: nothing here could conflict with their names.</summary>
internal sealed class CustomResourceDefinitionStrategy : ResourceStrategy
{
    public const string StorageKey = "customresourcedefinitions.apiextensions.k8s.io";
    public const string CleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

    public override bool CountsGenerations => true;

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
        var spec = (JsonObject)json["spec"]!;
        if (string.IsNullOrEmpty(spec.Text("group")))
            yield return StatusCause.Required("spec.group");
        if (spec.Text("scope") is not ("Namespaced" or "Cluster"))
            yield return StatusCause.Required("spec.scope");
        if (spec.Items("versions").Count(v => v.Flag("storage")) != 1)
            yield return StatusCause.Invalid("spec.versions", "[]", "must have exactly one version marked as storage version");
        if (json.Name != $"{json.TextAt("spec", "names", "plural")}.{spec.Text("group")}")
            yield return StatusCause.Invalid("metadata.name", $"\"{json.Name}\"", "must be spec.names.plural+\".\"+spec.group");
        int index = 0;
        foreach (var version in spec.Items("versions"))
        {
            if (version.At("schema", "openAPIV3Schema") is null)
                yield return StatusCause.Required($"spec.versions[{index}].schema.openAPIV3Schema", "schemas are required");
            index++;
        }
    }

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
