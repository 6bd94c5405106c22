using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>What a pod spec must have to be worth storing.</summary>
internal static class PodValidation
{
    public static IEnumerable<StatusCause> Validate(JsonObject spec, string path)
    {
        if (!spec.Items("containers").Any())
            yield return StatusCause.Required($"{path}.containers");
        HashSet<string> names = [];
        foreach (string list in (string[])["containers", "initContainers"])
        {
            int index = 0;
            foreach (var container in spec.Items(list))
            {
                string at = $"{path}.{list}[{index++}]";
                if (container.Text("name") is not { Length: > 0 } name)
                    yield return StatusCause.Required($"{at}.name");
                else if (!names.Add(name))
                    yield return new("FieldValueDuplicate", $"Duplicate value: \"{name}\"", $"{at}.name");
                if (string.IsNullOrEmpty(container.Text("image")))
                    yield return StatusCause.Required($"{at}.image");
            }
        }
        if (spec.Text("restartPolicy") is not ("Always" or "OnFailure" or "Never"))
        {
            yield return new(
                "FieldValueNotSupported",
                $"Unsupported value: \"{spec.Text("restartPolicy")}\": supported values: \"Always\", \"Never\", \"OnFailure\"", $"{path}.restartPolicy");
        }
    }
}
