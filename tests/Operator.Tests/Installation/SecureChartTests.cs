using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Operator.DevCluster;

namespace Operator.Tests.Installation;

/// <summary>What the chart does for its safety without being asked: TLS, limited traffic, a deny for the whole cluster.</summary>
public sealed class SecureChartTests
{
    private const string Latest = "1.36.0";
    private const string Certificate = $"Secret {Chart.Namespace}/{Chart.Name}-tls";
    private const string Policy = $"NetworkPolicy {Chart.Namespace}/{Chart.Name}";
    private const string Quarantine = "immutable-recovery-quarantine";

    /// <summary>The chart's value, and the kind as Helm and kubectl name it.</summary>
    public static TheoryData<string, string, string> Dialects { get; } = new()
    {
        { "Cilium", "CiliumClusterwideNetworkPolicy", "cilium.io/v2/CiliumClusterwideNetworkPolicy" },
        { "Calico", "GlobalNetworkPolicy", "projectcalico.org/v3/GlobalNetworkPolicy" },
        { "ClusterNetworkPolicy", "ClusterNetworkPolicy", "policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy" },
        { "AdminNetworkPolicy", "AdminNetworkPolicy", "policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy" },
    };

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task A_deny_for_the_cluster_is_installed_when_it_is_asked_for_or_its_kind_is_served(string value, string kind, string served)
    {
        var asked = Chart.Objects(await Chart.RenderAsync(Latest, "--set", $"isolation={value}"));
        var found = Chart.Objects(await Chart.RenderAsync(Latest, "--api-versions", served));
        var refused = Chart.Objects(await Chart.RenderAsync(Latest, "--api-versions", served, "--set", "isolation=NetworkPolicy"));

        var wanted = Yaml.Documents(Isolation.Dialects.Text(value)).First()["spec"]!.ToJsonString();
        asked[$"{kind} /{Quarantine}"]["spec"]!.ToJsonString().Should().Be(wanted);
        found.Keys.Where(k => k.EndsWith(Quarantine, StringComparison.Ordinal)).Should().Equal($"{kind} /{Quarantine}");
        refused.Keys.Should().NotContain(k => k.EndsWith(Quarantine, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_several_kinds_are_served_the_one_that_denies_most_is_installed()
    {
        var objects = Chart.Objects(await Chart.RenderAsync(Latest, Dialects.SelectMany(d => new[] { "--api-versions", d.Data.Item3 })));

        objects.Keys.Where(k => k.EndsWith(Quarantine, StringComparison.Ordinal)).Should().Equal($"CiliumClusterwideNetworkPolicy /{Quarantine}");
    }

    [Fact]
    public async Task Without_a_certificate_of_somebody_else_it_makes_one_that_its_own_check_trusts()
    {
        var rendered = await Chart.RenderAsync(Latest);
        var data = Chart.Objects(rendered)[Certificate]["data"]!;
        var check = Yaml.Documents(rendered).Single(o => o["kind"]!.ToString() == "Secret" && o["metadata"]!["name"]!.ToString() == "immutable-recovery-check");

        check["stringData"]!["ca.crt"]!.ToString().Trim().Should().Be(Pem(data["ca.crt"]!).Trim(), "one rendering makes one certificate");
        using var certificate = X509Certificate2.CreateFromPem(Pem(data["tls.crt"]!), Pem(data["tls.key"]!));
        using var authority = X509Certificate2.CreateFromPem(Pem(data["ca.crt"]!));
        using X509Chain chain = new() { ChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.Build(certificate).Should().BeTrue();
        foreach (var host in new[] { $"{Chart.Name}.{Chart.Namespace}.svc", $"{Chart.Name}.{Chart.Namespace}", $"{Chart.Name}.{Chart.Namespace}.svc.cluster.local" })
            certificate.MatchesHostname(host).Should().BeTrue();
        (certificate.NotAfter - certificate.NotBefore).TotalDays.Should().BeApproximately(1825, 2);
    }

    [Theory]
    [InlineData("receiver.tls.secretName=mine", "mine")]
    [InlineData("receiver.tls.certManager.enabled=true,receiver.tls.certManager.issuerRef.name=ca", $"{Chart.Name}-tls")]
    public async Task A_certificate_of_somebody_else_is_mounted_and_none_is_made(string values, string secret)
    {
        var objects = Chart.Objects(await Chart.RenderAsync(Latest, "--set", values));

        objects.Keys.Should().NotContain(Certificate);
        PodOf(objects)["volumes"]![0]!["secret"]!["secretName"]!.ToString().Should().Be(secret);
        Arguments(objects).Should().Contain("--tls-certificates=/etc/immutable-recovery/tls");
    }

    [Fact]
    public async Task Plain_HTTP_is_there_only_when_it_is_asked_for()
    {
        var (_, notes, _) = await Chart.HelmAsync("install", Chart.Name, Chart.Folder, "--namespace", Chart.Namespace, "--dry-run=client", "--set", "receiver.tls.enabled=false");
        var plain = Chart.Objects(await Chart.RenderAsync(Latest, "--set", "receiver.tls.enabled=false"));

        Arguments(plain).Should().NotContain(a => a.StartsWith("--tls-", StringComparison.Ordinal));
        PodOf(plain).ContainsKey("volumes").Should().BeFalse();
        plain[Policy]["spec"]!["ingress"]!.ToJsonString().Should().Contain("\"http\"").And.NotContain("https").And.Contain("\"namespaceSelector\":{}", "senders come to that port");
        notes.Should().Contain("The receiver has no TLS").And.NotContain("CA of the receiver's certificate");
    }

    [Fact]
    public async Task Its_pods_reach_the_API_server_and_DNS_only_and_metrics_are_for_the_namespace_of_Prometheus()
    {
        var spec = Chart.Objects(await Chart.RenderAsync(Latest))[Policy]["spec"]!;
        var limited = Chart.Objects(await Chart.RenderAsync(
            Latest, "--set", "networkPolicy.egress.apiServer[0].ipBlock.cidr=10.0.0.1/32", "--set", "networkPolicy.egress.apiServerPorts={6443}", "--set-json", "networkPolicy.from.http=[]"))[Policy]["spec"]!;

        spec["policyTypes"]!.ToJsonString().Should().Be("""["Ingress","Egress"]""");
        spec["egress"]!.AsArray().SelectMany(r => r!["ports"]!.AsArray()).Select(p => p!["port"]!.ToString()).Should().Equal("443", "6443", "53", "53");
        spec["ingress"]![1]!.ToJsonString().Should().Be("""{"ports":[{"protocol":"TCP","port":"http"}],"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"monitoring"}}}]}""");
        limited["egress"]![0]!.ToJsonString().Should().Be("""{"ports":[{"protocol":"TCP","port":6443}],"to":[{"ipBlock":{"cidr":"10.0.0.1/32"}}]}""");
        limited["ingress"]!.AsArray().Should().ContainSingle("without peers nobody but the kubelet reaches the plain port");
    }

    [Fact]
    public async Task The_notes_say_what_isolates_where_the_CA_is_and_who_may_approve_already()
    {
        var (_, notes, _) = await Chart.HelmAsync("install", Chart.Name, Chart.Folder, "--namespace", Chart.Namespace, "--dry-run=client", "--set", "isolation=Calico");

        notes.Should().Contain("Isolation: Calico").And.Contain(@"jsonpath='{.data.ca\.crt}'").And.Contain("kubectl auth can-i approve").And.Contain("quarantine");
    }

    [Fact]
    public async Task What_a_parent_chart_gives_to_all_of_its_charts_is_respected()
    {
        string[] global = ["--set", "enabled=true", "--set", "global.imageRegistry=mirror.example.com", "--set", "global.imagePullSecrets={all}", "--set", "imagePullSecrets[0].name=own"];
        var own = PodOf(Chart.Objects(await Chart.RenderAsync(Latest, global)));
        var moved = PodOf(Chart.Objects(await Chart.RenderAsync(Latest, [.. global, "--set", "image.repository=registry.example.org:5000/team/operator"])));

        own["containers"]![0]!["image"]!.ToString().Should().StartWith("mirror.example.com/immutable-recovery-operator:");
        moved["containers"]![0]!["image"]!.ToString().Should().StartWith("mirror.example.com/team/operator:");
        own["imagePullSecrets"]!.ToJsonString().Should().Be("""[{"name":"own"},{"name":"all"}]""");
    }

    [Fact]
    public async Task As_a_subchart_it_is_switched_on_by_a_condition()
    {
        var parent = Directory.CreateTempSubdirectory("parent-");
        var charts = Directory.CreateDirectory(Path.Combine(parent.FullName, "charts"));
        File.CreateSymbolicLink(Path.Combine(charts.FullName, Chart.Name), Chart.Folder);
        await File.WriteAllTextAsync(
            Path.Combine(parent.FullName, "Chart.yaml"),
            $"{{apiVersion: v2, name: platform, version: 0.1.0, dependencies: [{{name: {Chart.Name}, version: '>=0.0.0-0', condition: {Chart.Name}.enabled}}]}}", TestContext.Current.CancellationToken);

        var (code, on, error) = await Chart.HelmAsync("template", "p", parent.FullName, "--kube-version", Latest, "--set", $"{Chart.Name}.enabled=true", "--set", "global.imageRegistry=mirror.example.com");
        var (_, off, _) = await Chart.HelmAsync("template", "p", parent.FullName, "--kube-version", Latest, "--set", $"{Chart.Name}.enabled=false");
        parent.Delete(recursive: true);

        code.Should().Be(0, "helm said {0}", error);
        on.Should().Contain("image: \"mirror.example.com/immutable-recovery-operator:");
        off.Should().NotContain("kind: Deployment");
    }

    private static JsonObject PodOf(IReadOnlyDictionary<string, JsonObject> objects) => (JsonObject)objects[$"Deployment {Chart.Namespace}/{Chart.Name}"]["spec"]!["template"]!["spec"]!;

    private static IEnumerable<string> Arguments(IReadOnlyDictionary<string, JsonObject> objects) => PodOf(objects)["containers"]![0]!["args"]!.AsArray().Select(a => a!.ToString());

    private static string Pem(JsonNode base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64.ToString()));
}
