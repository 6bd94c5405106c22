namespace ChartGenerator;

/// <summary>What of the Helm chart, and of config itself, is made from config: by path.</summary>
public static class GeneratedParts
{
    private const string Mark = "# Generated from config/";

    /// <summary>When each file of config/rbac, config/admission and config/isolation is rendered. One that is missing here stops the generator.</summary>
    private static readonly Dictionary<string, string> Switches = new()
    {
        ["rbac/core.yaml"] = ".Values.rbac.create",
        ["rbac/own-namespace.yaml"] = ".Values.rbac.create",
        ["rbac/nodes.yaml"] = "and .Values.rbac.create .Values.rbac.nodes",
        ["rbac/workload-writes.yaml"] = "and .Values.rbac.create .Values.rbac.workloadWrites",
        ["rbac/admission-data.yaml"] = "and .Values.rbac.create .Values.rbac.admissionData",
        ["rbac/users.yaml"] = "and .Values.rbac.create .Values.rbac.users",
        ["isolation/admin-network-policy.yaml"] = Isolation("AdminNetworkPolicy"),
        ["isolation/calico.yaml"] = Isolation("Calico"),
        ["isolation/cilium.yaml"] = Isolation("Cilium"),
        ["isolation/cluster-network-policy.yaml"] = Isolation("ClusterNetworkPolicy"),
        ["admission/guard.yaml"] = "and .Values.admission.install .Values.admission.guard",
        ["admission/guard-images.yaml"] = "and .Values.admission.install .Values.admission.guard",
        ["admission/guard-revoked.yaml"] = "and .Values.admission.install .Values.admission.guard",
        ["admission/guard-records.yaml"] = "and .Values.admission.install .Values.admission.guard",
        ["admission/reserved-labels.yaml"] = "and .Values.admission.install .Values.admission.reservedLabels",
        ["admission/approval.yaml"] = "and .Values.admission.install .Values.admission.approval",
        ["admission/records.yaml"] = "and .Values.admission.install .Values.admission.approval",
        ["admission/revoked-images.yaml"] = "and .Values.admission.install .Values.admission.revokedImages",
        ["admission/listed-images.yaml"] = "and .Values.admission.install .Values.admission.listedImages",
        ["admission/pin-images.yaml"] = "and .Values.admission.install .Values.admission.pinImages (include \"immutable-recovery-operator.pinsAtAdmission\" .)",
    };

    /// <summary>
    /// Helm makes the namespace. The account has annotations of its own, and the list is an instance of a definition that Helm has yet to install:
    /// their templates are written by hand.
    /// </summary>
    private static readonly string[] ByHand = ["rbac/namespace.yaml", "rbac/service-account.yaml", "admission/revocation-list.yaml"];

    /// <summary>The chart's, by their path in it.</summary>
    public static IReadOnlyDictionary<string, string> OfChart(string config)
    {
        Dictionary<string, string> parts = [];
        foreach (var name in Sources(config, "crd"))
            parts[$"templates/{name.Replace("crd/", "crds/", StringComparison.Ordinal)}"] =
                Header(name) + Template.If(".Values.crds.install", Template.Of(Read(config, name), "helm.sh/resource-policy: keep"));
        foreach (var name in Sources(config, "rbac").Concat(Sources(config, "admission")).Concat(Sources(config, "isolation")).Except(ByHand))
        {
            if (!Switches.TryGetValue(name, out var condition))
                throw new InvalidDataException($"Nothing says when the chart has config/{name}: give it a switch in {nameof(GeneratedParts)}.");
            parts[$"templates/{name}"] = Header(name) + Template.If(condition, Template.Of(Read(config, name)));
        }
        // Read by templates as they are: what stands in them is for Prometheus and Grafana to fill in.
        parts["files/alerts.yaml"] = Header("prometheus/alerts.yaml") + Read(config, "prometheus/alerts.yaml");
        parts["files/dashboard.json"] = Read(config, "prometheus/dashboard.json");
        return parts;
    }

    /// <summary>Those of config itself, by their path in it: the alerts as a PrometheusRule.</summary>
    public static IReadOnlyDictionary<string, string> OfConfig(string config) => new Dictionary<string, string>
    {
        ["prometheus/prometheus-rule.yaml"] = Header("prometheus/alerts.yaml") + """
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata:
              name: immutable-recovery-operator
              namespace: immutable-recovery
              labels: {app.kubernetes.io/name: immutable-recovery-operator}
            spec:

            """ + Template.Indented(Read(config, "prometheus/alerts.yaml"), 2),
    };

    /// <summary>The templates in a chart that an earlier run wrote.</summary>
    public static IReadOnlyList<string> In(string chart) => !Directory.Exists(chart) ? [] :
    [
        .. Directory.EnumerateFiles(chart, "*.yaml", SearchOption.AllDirectories)
            .Where(f => File.ReadLines(f).FirstOrDefault("").StartsWith(Mark, StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(chart, f)),
    ];

    private static IEnumerable<string> Sources(string config, string folder) =>
        Directory.EnumerateFiles(Path.Combine(config, folder), "*.yaml")
            .Select(f => Path.GetFileName(f))
            .Where(f => f != "kustomization.yaml")
            .Order(StringComparer.Ordinal)
            .Select(f => $"{folder}/{f}");

    private static string Isolation(string dialect) => $"eq (include \"immutable-recovery-operator.isolation\" .) \"{dialect}\"";

    private static string Header(string source) => $"{Mark}{source} by `make chart`. Do not edit.\n";

    private static string Read(string config, string name)
    {
        var file = Path.Combine(config, name);
        return File.Exists(file) ? File.ReadAllText(file) : throw new InvalidDataException($"There is no config/{name}.");
    }
}
