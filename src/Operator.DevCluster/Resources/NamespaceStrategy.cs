using System.Text.Json.Nodes;

namespace Operator.DevCluster.Resources;

/// <summary>Namespaces carry their name as a label and stay until their content is gone.</summary>
internal sealed class NamespaceStrategy : ResourceStrategy
{
    public override void Default(JsonObject json)
    {
        if (json.Name.Length > 0)
            json.EnsureMetadata().Ensure("labels")["kubernetes.io/metadata.name"] = json.Name;
    }

    public override void PrepareForCreate(JsonObject json)
    {
        json["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };
        json["status"] = new JsonObject { ["phase"] = "Active" };
    }

    /// <summary>Its finalizers change through the finalize subresource alone.</summary>
    public override void PrepareForUpdate(JsonObject json, JsonObject old, ResourceDefinition definition)
    {
        base.PrepareForUpdate(json, old, definition);
        json.Ensure("spec").Take("finalizers", old["spec"] as JsonObject);
    }

    /// <summary>A namespace has finalizers of its own in its spec.</summary>
    public override bool HoldsDeletion(JsonObject json) => json.At("spec", "finalizers") is JsonArray { Count: > 0 };

    public override void PrepareForDelete(JsonObject json) => json.Ensure("status")["phase"] = "Terminating";

    public override bool HasSelectableFields => true;

    public override string? SelectableField(JsonObject json, string path) =>
        path == "status.phase" ? json.TextAt("status", "phase") : base.SelectableField(json, path);
}
