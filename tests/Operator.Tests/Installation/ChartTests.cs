using System.Globalization;
using System.Text.Json.Nodes;
using Operator.DevCluster;

namespace Operator.Tests.Installation;

/// <summary>What the Helm chart renders.</summary>
public sealed class ChartTests
{
    private const string Latest = "1.36.0";
    private const string SelfSigned = $"Secret {Chart.Namespace}/{Chart.Name}-tls";

    public static TheoryData<string, bool> Versions { get; } =
        new(from minor in Enumerable.Range(30, 7) from everything in new[] { false, true } select ($"1.{minor}.0", everything));

    /// <summary>Each switch that is on by default, and what goes with it.</summary>
    public static TheoryData<string, string> Switches { get; } = new()
    {
        { "crds.install", "CustomResourceDefinition" },
        { "rbac.nodes", "ClusterRole /immutable-recovery-operator-nodes" },
        { "rbac.workloadWrites", "ClusterRole /immutable-recovery-operator-workload-writes" },
        { "rbac.admissionData", "ClusterRole /immutable-recovery-operator-admission-data" },
        { "rbac.users", "ClusterRole /immutable-recovery-approve" },
        { "rbac.create", "ClusterRole /immutable-recovery-operator" },
        { "admission.install", "ValidatingAdmissionPolicy" },
        { "admission.guard", "ValidatingAdmissionPolicy /immutable-recovery-guard" },
        { "admission.pinImages", "MutatingAdmissionPolicy" },
        { "networkPolicy.enabled", "NetworkPolicy" },
        { "receiver.tls.enabled", SelfSigned },
        { "flowControl.enabled", "FlowSchema" },
        { "podDisruptionBudget.enabled", "PodDisruptionBudget" },
        { "serviceAccount.create", "ServiceAccount" },
        { "revocationList.create", "ImageRevocationList" },
    };

    [Fact]
    public async Task Helm_finds_nothing_to_complain_of()
    {
        var (code, output, error) = await Chart.HelmAsync("lint", "--strict", Chart.Folder);

        code.Should().Be(0, "helm said {0} {1}", output, error);
    }

    [Fact]
    public async Task The_defaults_are_what_kustomize_installs()
    {
        var chart = Chart.Objects(await Chart.RenderAsync(Latest));
        var config = Config("crd", "rbac", "admission", "manager").Where(o => o["kind"]!.ToString() != "Namespace").ToDictionary(Chart.KeyOf);

        chart.Keys.Except(config.Keys).Should().Equal([SelfSigned], "kustomize makes no certificate, and its Deployment waits for one");
        config.Keys.Should().BeSubsetOf(chart.Keys);
        foreach (var (key, wanted) in config)
            Text(chart[key]).Should().Be(Text(wanted), "{0} is the same either way", key);
    }

    [Fact]
    public async Task What_prometheus_operator_reads_is_what_kustomize_installs()
    {
        var chart = Chart.Objects(await Chart.RenderAsync(Latest, Chart.EverythingOn));

        foreach (var wanted in Config("prometheus"))
            Text(chart[Chart.KeyOf(wanted)]["spec"]!).Should().Be(Text(wanted["spec"]!));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task It_renders_for_every_version_that_it_is_for(string version, bool everything)
    {
        var objects = Chart.Objects(await Chart.RenderAsync(version, everything ? Chart.EverythingOn : []));

        objects.Should().ContainKey($"Deployment {Chart.Namespace}/{Chart.Name}");
        objects.ContainsKey("MutatingAdmissionPolicy /immutable-recovery-pin-images").Should().Be(version == Latest, "before 1.36 the API server has none");
        objects.ContainsKey($"ServiceMonitor {Chart.Namespace}/{Chart.Name}").Should().Be(everything);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Every_field_that_it_renders_is_one_of_that_version(string version, bool everything)
    {
        var models = KubernetesModels.Of(int.Parse(version.Split('.')[1], CultureInfo.InvariantCulture));

        var objects = Yaml.Documents(await Chart.RenderAsync(version, everything ? Chart.EverythingOn : [])).ToList();

        objects.Where(models.Knows).SelectMany(models.Violations).Should().BeEmpty();
        objects.Where(o => !models.Knows(o)).Select(o => o["apiVersion"]!.ToString().Split('/')[0]).Distinct()
            .Should().BeSubsetOf(["immutablerecovery.io", "monitoring.coreos.com", "cert-manager.io"], "all else is Kubernetes' own");
    }

    [Theory]
    [MemberData(nameof(Switches))]
    public async Task A_switch_that_is_off_leaves_out_what_it_names(string value, string what)
    {
        var on = Chart.Objects(await Chart.RenderAsync(Latest)).Keys;
        var off = Chart.Objects(await Chart.RenderAsync(Latest, "--set", $"{value}=false")).Keys;

        on.Should().Contain(k => Names(k, what));
        off.Should().NotContain(k => Names(k, what)).And.BeSubsetOf(on);
    }

    [Theory]
    [InlineData("replicaCuont=3", "replicaCuont")]
    [InlineData("replicaCount=none", "replicaCount")]
    [InlineData("isolation=cilium", "isolation")]
    [InlineData("receiver.tls.selfSigned.validityDays=1", "validityDays")]
    [InlineData("networkPolicy.egress.apiServerPorts[0]=0", "apiServerPorts")]
    [InlineData("global.imagePullSecrets[0].nome=x", "imagePullSecrets")]
    [InlineData("rbac.node=false", "node")]
    [InlineData("logLevel=Loud", "logLevel")]
    [InlineData("image.digest=sha256:short", "digest")]
    [InlineData("findingSources.falco.tokenSHA256[0].hash=plain", "hash")]
    [InlineData("receiver.tls.certManager.enabled=true", "issuerRef")]
    [InlineData("prometheusRule.disabledAlerts[0]=NoSuchAlert", "NoSuchAlert")]
    public async Task A_value_that_is_wrong_is_refused_and_named(string value, string named)
    {
        var (code, _, error) = await Chart.HelmAsync(["template", Chart.Folder, "--set", value, .. Chart.EverythingOn.SkipWhile(a => a != "--api-versions")]);

        code.Should().NotBe(0);
        error.Should().Contain(named);
    }

    [Fact]
    public async Task Without_their_definitions_nothing_of_prometheus_operator_is_rendered()
    {
        var objects = Chart.Objects(await Chart.RenderAsync(Latest, "--set", "serviceMonitor.enabled=true", "--set", "prometheusRule.enabled=true"));

        objects.Keys.Should().NotContain(k => k.StartsWith("ServiceMonitor", StringComparison.Ordinal) || k.StartsWith("PrometheusRule", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_alert_can_be_left_out_and_runbooks_can_stand_elsewhere()
    {
        var objects = Chart.Objects(await Chart.RenderAsync(Latest, [.. Chart.EverythingOn, "--set", "prometheusRule.disabledAlerts[0]=ImmutableRecoverySourceSilent", "--set", "prometheusRule.runbookBaseUrl=https://wiki.example/"]));
        var rules = objects[$"PrometheusRule {Chart.Namespace}/{Chart.Name}"]["spec"]!["groups"]!.AsArray().SelectMany(g => g!["rules"]!.AsArray()).ToList();

        rules.Should().NotContain(r => r!["alert"]!.ToString() == "ImmutableRecoverySourceSilent").And.NotBeEmpty();
        rules.Should().OnlyContain(r => r!["annotations"]!["runbook_url"]!.ToString().StartsWith("https://wiki.example/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_namespace_is_named_wherever_one_is()
    {
        var (_, rendered, _) = await Chart.HelmAsync("template", Chart.Name, Chart.Folder, "--namespace", "security", "--kube-version", Latest);
        var objects = Chart.Objects(rendered);

        objects.Keys.Should().NotContain(k => k.Contains($" {Chart.Namespace}/", StringComparison.Ordinal));
        Text(objects["ValidatingAdmissionPolicy /immutable-recovery-guard"]).Should().Contain("system:serviceaccount:security:immutable-recovery-operator").And.NotContain("serviceaccount:immutable-recovery:");
        objects[$"Deployment security/{Chart.Name}"]["spec"]!["template"]!["spec"]!["containers"]![0]!["args"]!.AsArray().Select(a => a!.ToString()).Should().Contain("--namespace=security");
    }

    private static bool Names(string key, string what) => key == what || key.StartsWith($"{what} ", StringComparison.Ordinal);

    private static IEnumerable<JsonObject> Config(params string[] folders) =>
        from folder in folders
        from file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Folder, "config", folder), "*.yaml")
        from value in Yaml.Documents(File.ReadAllText(file))
        where value["kind"] is not null && value["kind"]!.ToString() != "Kustomization"
        select value;

    /// <summary>Keys in order, so that only what is said counts.</summary>
    private static string Text(JsonNode? value) => value switch
    {
        JsonObject map => $"{{{string.Join(",\n", map.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}: {Text(e.Value)}"))}}}",
        JsonArray list => $"[{string.Join(",\n", list.Select(Text))}]",
        _ => value?.ToJsonString() ?? "null",
    };
}
