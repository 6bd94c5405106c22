using System.Text.Json.Nodes;

namespace Operator.DevCluster.Resources;

/// <summary>Nodes: selectable by whether they take new pods.</summary>
internal sealed class NodeStrategy : ResourceStrategy
{
    public override bool HasSelectableFields => true;

    public override void Default(JsonObject json) => json.Ensure("spec");

    public override string? SelectableField(JsonObject json, string path) => path == "spec.unschedulable"
        ? json["spec"] is JsonObject spec && spec.Flag("unschedulable") ? "true" : "false"
        : base.SelectableField(json, path);
}
