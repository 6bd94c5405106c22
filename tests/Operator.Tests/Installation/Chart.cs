using System.Text.Json.Nodes;
using Operator.DevCluster;

namespace Operator.Tests.Installation;

/// <summary>The Helm chart, as Helm renders it. Tests that need Helm are left out where it is not on the PATH.</summary>
internal static class Chart
{
    public const string Name = "immutable-recovery-operator";
    public const string Namespace = "immutable-recovery";

    public static string Folder { get; } = Path.Combine(RepositoryRoot.Folder, "charts", Name);

    /// <summary>Everything that can be switched on, and needs nothing else.</summary>
    public static IReadOnlyList<string> EverythingOn { get; } =
    [
        "--set", "serviceMonitor.enabled=true", "--set", "prometheusRule.enabled=true", "--set", "dashboard.enabled=true",
        "--set", "starterPolicies.enabled=true",
        "--set", "findingSources.falco.enabled=true", "--set", $"findingSources.falco.tokenSHA256[0].hash={new string('a', 64)}",
        "--set", "receiver.tls.certManager.enabled=true", "--set", "receiver.tls.certManager.issuerRef.name=ca",
        "--set", "protectedNamespaces[0]=payments", "--set", "image.digest=sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "--set", "nodeSelector.kubernetes\\.io/os=linux", "--set", "networkPolicy.from.https[0].podSelector.matchLabels.app=falco",
        "--api-versions", "monitoring.coreos.com/v1/ServiceMonitor", "--api-versions", "monitoring.coreos.com/v1/PrometheusRule", "--api-versions", "cert-manager.io/v1/Certificate",
    ];

    public static async Task<(int Code, string Output, string Error)> HelmAsync(params IEnumerable<string> arguments)
    {
        var home = Directory.CreateTempSubdirectory("helm-").FullName;
        try
        {
            return await ExternalProgram.Needed("helm").RunAsync(arguments, ("HOME", home), ("XDG_CACHE_HOME", home), ("XDG_CONFIG_HOME", home), ("XDG_DATA_HOME", home));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>What it renders for a version of Kubernetes.</summary>
    public static async Task<string> RenderAsync(string version, params IEnumerable<string> arguments)
    {
        var (code, output, error) = await HelmAsync(["template", Name, Folder, "--namespace", Namespace, "--kube-version", version, .. arguments]);
        code.Should().Be(0, "helm said {0}", error);
        return output;
    }

    /// <summary>The objects of a rendering by kind and name, without what Helm adds to each.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Objects(string rendered) =>
        Yaml.Documents(rendered).Where(o => HookOf(o) != "test").ToDictionary(KeyOf, Bare);

    public static string KeyOf(JsonObject value) => $"{value["kind"]} {value["metadata"]!["namespace"]}/{value["metadata"]!["name"]}";

    private static string? HookOf(JsonObject value) => value["metadata"]!["annotations"]?["helm.sh/hook"]?.ToString();

    private static JsonObject Bare(JsonObject value)
    {
        foreach (var metadata in new[] { value["metadata"], value["spec"]?["template"]?["metadata"] }.OfType<JsonObject>())
        {
            Remove(metadata, "labels", key => key.StartsWith("helm.sh/", StringComparison.Ordinal) || key is "app.kubernetes.io/managed-by" or "app.kubernetes.io/instance" or "app.kubernetes.io/version");
            Remove(metadata, "annotations", key => key.StartsWith("helm.sh/", StringComparison.Ordinal) || key.StartsWith("argocd.argoproj.io/", StringComparison.Ordinal));
        }
        return value;
    }

    private static void Remove(JsonObject metadata, string map, Func<string, bool> isHelms)
    {
        if (metadata[map] is not JsonObject entries)
            return;
        foreach (var key in entries.Select(e => e.Key).Where(isHelms).ToList())
            entries.Remove(key);
        if (entries.Count == 0)
            metadata.Remove(map);
    }
}
