using System.Text.Json.Nodes;
using Operator.DevCluster.Schema;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>Custom resources: defaulted, pruned and validated by the schema of their version.</summary>
internal sealed class CustomResourceStrategy(JsonObject version, ScalePaths? scale) : ResourceStrategy
{
    private readonly bool hasStatus = version.At("subresources", "status") is not null;
    private readonly CustomResourceSchema schema = CustomResourceSchema.Of(version);
    private readonly HashSet<string> selectable =
        [.. version.Items("selectableFields").Select(f => f.Text("jsonPath")?.TrimStart('.')).OfType<string>()];

    /// <summary>The version's entry in the definition, for its printer columns.</summary>
    public JsonObject Version => version;

    /// <summary>Whether objects are stored in this version.</summary>
    public bool IsStorage => version.Flag("storage");

    public override bool CountsGenerations => true;
    public override bool HasSelectableFields => true;

    /// <summary>A field that is not there has the empty string as its value.</summary>
    public override string? SelectableField(JsonObject json, string path) =>
        selectable.Contains(path) ? json.At(path.Split('.'))?.ToString() ?? "" : base.SelectableField(json, path);

    public override IReadOnlyList<string> Prune(JsonObject json) => schema.Prune(json);

    public override void Default(JsonObject json) => schema.Default(json);

    public override void PrepareForCreate(JsonObject json)
    {
        base.PrepareForCreate(json);
        if (hasStatus && json.Remove("status"))
            schema.Default(json);
    }

    public override IEnumerable<StatusCause> Validate(JsonObject json) => [.. schema.Validate(json, old: null), .. ScaleRules.Check(json, scale)];

    public override IEnumerable<StatusCause> ValidateChange(JsonObject json, JsonObject old, string subresource) => subresource == "status"
        ? [.. schema.ValidateStatus(json, old), .. ScaleRules.CheckStatus(json, scale)]
        : [.. schema.Validate(json, old), .. ScaleRules.Check(json, scale)];

    public override void PrepareForStatusUpdate(JsonObject json, JsonObject old)
    {
        var status = json["status"]?.DeepClone();
        var managedFields = json.At("metadata", "managedFields")?.DeepClone();
        foreach (var (key, _) in json.ToList())
            json.Remove(key);
        foreach (var (key, value) in old)
            json[key] = value?.DeepClone();
        json.Remove("status");
        if (status is not null)
            json["status"] = status;
        json.EnsureMetadata().Remove("managedFields");
        if (managedFields is not null)
            json.EnsureMetadata()["managedFields"] = managedFields;
    }

    protected override bool SameIntent(JsonObject json, JsonObject old)
    {
        HashSet<string> keys = [.. json.Select(m => m.Key), .. old.Select(m => m.Key)];
        keys.ExceptWith(["metadata", "status", "apiVersion", "kind"]);
        return keys.All(k => JsonNode.DeepEquals(json[k], old[k]));
    }
}
