using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>Events: they lie in the namespace of what they are about, and are selectable by it.</summary>
internal sealed class EventStrategy : ResourceStrategy
{
    private const int LongestMessage = 1024;

    public override void Default(JsonObject json)
    {
        MicroTime.Require(json, "eventTime");
        MicroTime.Require(json, "series", "lastObservedTime");
    }

    public override IEnumerable<StatusCause> Validate(JsonObject json)
    {
        string about = json.TextAt("involvedObject", "namespace");
        bool isNew = json["eventTime"] is not null;
        bool fits = about.Length > 0 ? isNew || about == json.Namespace : json.Namespace == "default" || (isNew && json.Namespace == "kube-system");
        if (!fits)
            yield return StatusCause.Invalid("involvedObject.namespace", $"\"{about}\"", "does not match event.namespace");
        if (!isNew)
            yield break;
        foreach (string required in (string[])["reportingComponent", "reportingInstance", "action", "reason"])
        {
            if (json.TextAt(required) is not { Length: > 0 } text)
                yield return StatusCause.Required(required);
            else if (text.Length > 128)
                yield return StatusCause.Invalid(required, "\"\"", "can have at most 128 characters");
        }
        if (json.TextAt("message").Length > LongestMessage)
            yield return StatusCause.Invalid("message", "\"\"", $"can have at most {LongestMessage} characters");
    }

    public override bool HasSelectableFields => true;

    public override string? SelectableField(JsonObject json, string path) => path switch
    {
        "involvedObject.kind" or "involvedObject.namespace" or "involvedObject.name" or "involvedObject.uid" or "involvedObject.apiVersion"
            or "involvedObject.resourceVersion" or "involvedObject.fieldPath" => json.TextAt(path.Split('.')),
        "reason" or "type" or "reportingComponent" => json.TextAt(path),
        "source" => json.TextAt("source", "component") is { Length: > 0 } component ? component : json.TextAt("reportingComponent"),
        _ => base.SelectableField(json, path),
    };
}
