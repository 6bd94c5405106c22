using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s.Models;
using Operator.Cluster;

namespace Operator.Recoveries;

/// <summary>What writes a workload from a source of its own: by the labels and annotations that Argo CD, Flux and Helm leave, and by the managers of its fields.</summary>
internal static partial class ManagedBy
{
    private static readonly string[] Lists = ["f:containers", "f:initContainers"];
    private static readonly Dictionary<string, string> Managers = new()
    {
        ["argocd-controller"] = "Argo CD",
        ["argocd-application-controller"] = "Argo CD",
        ["kustomize-controller"] = "Flux",
        ["helm-controller"] = "Flux",
        ["helm"] = "Helm",
    };

    public static string? Of(V1ObjectMeta metadata)
    {
        if (metadata.Annotation("argocd.argoproj.io/tracking-id") is { } tracking)
            return Named("Argo CD", "application", null, tracking.Split(':')[0]);
        if (metadata.Label("argocd.argoproj.io/instance") is { } instance)
            return Named("Argo CD", "application", null, instance);
        if (metadata.Label("kustomize.toolkit.fluxcd.io/name") is { } kustomization)
            return Named("Flux", "Kustomization", metadata.Label("kustomize.toolkit.fluxcd.io/namespace"), kustomization);
        if (metadata.Label("helm.toolkit.fluxcd.io/name") is { } release)
            return Named("Flux", "HelmRelease", metadata.Label("helm.toolkit.fluxcd.io/namespace"), release);
        return metadata.Annotation("meta.helm.sh/release-name") is { } helm
            ? Named("Helm", "release", metadata.Annotation("meta.helm.sh/release-namespace"), helm)
            : null;
    }

    /// <summary>Where labels say nothing: a manager that is known to be such a tool owns one of its fields.</summary>
    public static string? Of(AnyObject found) =>
        Entries(found).Select(e => Managers.GetValueOrDefault(e.Manager)).FirstOrDefault(tool => tool is not null);

    /// <summary>The field manager that owns the image of a container; null where nobody does.</summary>
    public static string? ImageOwner(AnyObject found, IReadOnlyList<string> template, string container)
    {
        foreach (var (manager, fields) in Entries(found))
        {
            var spec = template.Append("spec").Aggregate((JsonNode?)fields, (node, name) => (node as JsonObject)?[$"f:{name}"]);
            if (Lists.Any(list => Owns((spec as JsonObject)?[list], container)))
                return IsName(manager) ? manager : null;
        }
        return null;
    }

    /// <summary>A list that no schema gives a key is owned as a whole.</summary>
    private static bool Owns(JsonNode? containers, string container) =>
        containers is JsonObject { Count: 0 } || (containers as JsonObject)?[$"k:{{\"name\":\"{container}\"}}"] is JsonObject fields && fields.ContainsKey("f:image");

    private static IEnumerable<(string Manager, JsonNode? Fields)> Entries(AnyObject found) =>
        from entry in found.At(["metadata", "managedFields"]) as JsonArray ?? []
        where entry is JsonObject && entry["manager"] is JsonValue
        select (entry["manager"]!.GetValue<string>(), entry["fieldsV1"]);

    /// <summary>Anybody who writes in the namespace writes these, so only what can be a name is repeated.</summary>
    private static string Named(string tool, string kind, string? ns, string name) =>
        !IsName(name) ? tool : ns is not null && IsName(ns) ? $"{tool} {kind} {ns}/{name}" : $"{tool} {kind} {name}";

    private static bool IsName(string value) => Name.IsMatch(value);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$")]
    private static partial Regex Name { get; }
}
