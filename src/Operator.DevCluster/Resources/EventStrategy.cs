using System.Text.Json.Nodes;

namespace Operator.DevCluster.Resources;

/// <summary>Events: selectable by what they are about.</summary>
internal sealed class EventStrategy : ResourceStrategy
{
    public override string? SelectableField(JsonObject json, string path) => path switch
    {
        "involvedObject.kind" or "involvedObject.namespace" or "involvedObject.name" or "involvedObject.uid" or "involvedObject.apiVersion"
            or "involvedObject.resourceVersion" or "involvedObject.fieldPath" => json.TextAt(path.Split('.')),
        "reason" or "type" or "reportingComponent" => json.TextAt(path),
        "source" => json.TextAt("source", "component") is { Length: > 0 } component ? component : json.TextAt("reportingComponent"),
        _ => base.SelectableField(json, path),
    };
}
