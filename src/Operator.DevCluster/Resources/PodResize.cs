using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>The resize subresource of pods (KEP-1287): the resources of running containers change, and nothing else.</summary>
internal static class PodResize
{
    private static readonly string[] Lists = ["containers", "initContainers"];
    private static readonly string[] Resizable = ["resources", "resizePolicy"];

    /// <summary>Whatever else was sent is dropped. Other containers than before are left for the validation to refuse.</summary>
    public static void Prepare(JsonObject json, JsonObject old)
    {
        json.Take("status", old);
        json.EnsureMetadata().Take("ownerReferences", old.Metadata);
        if (Lists.Any(list => !Names(json, list).SequenceEqual(Names(old, list))))
            return;
        var spec = (JsonObject)old["spec"]!.DeepClone();
        foreach (var (kept, sent) in Lists.SelectMany(list => spec.Items(list).Zip(json.Items("spec", list))))
        {
            foreach (var field in Resizable)
                kept.Take(field, sent);
        }
        json["spec"] = spec;
    }

    public static IEnumerable<StatusCause> Validate(JsonObject json, JsonObject old)
    {
        if (PodStrategy.QosClass(json) != PodStrategy.QosClass(old))
            yield return StatusCause.Invalid("spec", $"\"{old.TextAt("status", "qosClass")}\"", "Pod QOS Class may not change as a result of resizing");
        foreach (var list in Lists)
        {
            if (!Names(json, list).SequenceEqual(Names(old, list)))
            {
                yield return StatusCause.Forbidden($"spec.{list}", $"{list} may not be added, removed, renamed or reordered on resize");
                yield break;
            }
            foreach (var (sent, before, index) in json.Items("spec", list).Zip(old.Items("spec", list), Enumerable.Range(0, int.MaxValue)))
            {
                foreach (var what in (string[])["requests", "limits"])
                {
                    if (Keys(before, what).Except(Keys(sent, what)).Any())
                        yield return StatusCause.Forbidden($"spec.{list}[{index}].resources.{what}", $"resource {what} cannot be removed");
                }
            }
        }
    }

    private static IEnumerable<string?> Names(JsonObject pod, string list) => pod.Items("spec", list).Select(c => c.Text("name"));

    private static IEnumerable<string> Keys(JsonObject container, string what) => (container.At("resources", what) as JsonObject)?.Select(r => r.Key) ?? [];
}
