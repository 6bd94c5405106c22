using System.Text;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.Runtime;

namespace Operator.Tests.Installation;

/// <summary>The chart on an empty cluster: its first installation, an upgrade, its own test and its end.</summary>
public sealed class ChartOnAClusterTests : IAsyncLifetime
{
    private const string Check = "immutable-recovery-check";

    private readonly string folder = Directory.CreateTempSubdirectory("chart-").FullName;
    private KubernetesCluster cluster = null!;
    private Kubernetes client = null!;
    private KubernetesConnection connection = null!;

    public async ValueTask InitializeAsync()
    {
        ExternalProgram.Needed("helm");
        ChosenCluster.Needs(Capability.SimulatedKubelets);
        cluster = await ChosenCluster.StartAsync(new() { PullsAnyImage = true, ReadinessDelay = TimeSpan.FromMilliseconds(20), PullDelay = TimeSpan.FromMilliseconds(5) }, TestContext.Current.CancellationToken);
        client = new(cluster.ClientConfiguration("test"));
        connection = new(cluster.ClientConfiguration("test"), "test");
        cluster.WriteKubeconfig(Kubeconfig);
    }

    public async ValueTask DisposeAsync()
    {
        client?.Dispose();
        connection?.Dispose();
        if (cluster is not null)
            await cluster.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task It_installs_upgrades_and_goes_and_what_was_revoked_stays()
    {
        var hash = new string('a', 64);
        await HelmAsync("install", "--create-namespace", "--wait", "--set", "findingSources.falco.enabled=true", "--set", $"findingSources.falco.tokenSHA256[0]={hash}", "--set", "starterPolicies.enabled=true");
        (await client.ReadNamespacedDeploymentAsync(Chart.Name, Chart.Namespace)).Status.ReadyReplicas.Should().Be(2);
        var source = (await Sources.GetAsync(new("", "falco"))).Required();
        source.Spec.Authentication.TokenSha256.Single().Hash.Should().Be(hash);
        (await ClusterPolicies.ListAsync(Selection.All)).Required().Items.Should().NotBeEmpty().And.OnlyContain(p => p.Spec.Mode == RecoveryMode.Observe);

        var certificate = (await client.ReadNamespacedSecretAsync($"{Chart.Name}-tls", Chart.Namespace)).Data;
        var list = (await RevocationLists.GetAsync(new("", WellKnown.RevocationList))).Required();
        list.Spec.Revoked["sha256:" + new string('1', 64)] = new() { Reason = "a test" };
        (await RevocationLists.ReplaceAsync(list)).Required();
        await HelmAsync("upgrade", "--reuse-values", "--set", "replicaCount=3", "--wait");
        (await client.ReadNamespacedDeploymentAsync(Chart.Name, Chart.Namespace)).Status.ReadyReplicas.Should().Be(3);
        (await client.ReadNamespacedSecretAsync($"{Chart.Name}-tls", Chart.Namespace)).Data.Should().BeEquivalentTo(certificate, "senders trust its authority");
        (await RevocationLists.GetAsync(new("", WellKnown.RevocationList))).Required().Spec.Revoked.Should().HaveCount(1);
        (await Sources.GetAsync(new("", "falco"))).Required().Metadata.Uid.Should().Be(source.Metadata.Uid, "nothing of it changed");

        await HelmAsync("uninstall");
        (await client.ListNamespacedDeploymentAsync(Chart.Namespace)).Items.Should().BeEmpty();
        (await RevocationLists.GetAsync(new("", WellKnown.RevocationList))).Required().Spec.Revoked.Should().HaveCount(1, "definitions and what was revoked are kept");

        await HelmAsync("install", "--create-namespace");
        (await RevocationLists.GetAsync(new("", WellKnown.RevocationList))).Required().Spec.Revoked.Should().HaveCount(1, "another installation finds it");
    }

    /// <summary>The server knows the fields of its own version. Kinds of Prometheus' and cert-manager's operators it does not know.</summary>
    [Fact]
    public async Task Its_API_server_finds_no_field_that_it_does_not_know()
    {
        using var kubectl = Kubectl.For(cluster);
        foreach (var definition in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Folder, "config", "crd"), "*.yaml"))
            await kubectl.OutputAsync("apply --server-side -f -", await File.ReadAllTextAsync(definition, TestContext.Current.CancellationToken));
        await kubectl.OutputAsync($"create namespace {Chart.Namespace}");
        await kubectl.OutputAsync($"create namespace {Check}");
        foreach (var arguments in new[] { [], Chart.EverythingOn })
        {
            var known = (await Chart.RenderAsync("1.36.0", arguments)).Split("\n---\n")
                .Where(d => !d.Contains("\napiVersion: monitoring.coreos.com/", StringComparison.Ordinal) && !d.Contains("\napiVersion: cert-manager.io/", StringComparison.Ordinal));

            await kubectl.OutputAsync("apply --server-side --dry-run=server --validate=strict -f -", string.Join("\n---\n", known));
        }
    }

    /// <summary>No kubelet here runs images, so this test runs what stands in the check's pod, with the pod's account, against an operator with the chart's account.</summary>
    [Fact]
    public async Task Its_own_test_takes_a_finding_to_a_recorded_plan_with_the_rights_that_it_grants()
    {
        var namespaces = ChosenCluster.Offers(Capability.NamespaceDeletion) ? "true" : "false";
        await HelmAsync("install", "--create-namespace", "--set", "nodeSelector.nowhere=yes", "--set", $"tests.createNamespace={namespaces}");
        if (namespaces == "false")
            await client.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = Check } });
        await using var running = await OperatorInProcess.StartAsync(cluster, await TestCluster.TokenAsync(client, Chart.Namespace, OperatorOptions.FieldManager));

        var test = HelmAsync("test", "--timeout", "100s");
        V1Pod? pod = null;
        await Waiting.UntilAsync(
            async () => test.IsCompleted || (pod = (await client.ListNamespacedPodAsync(Check)).Items.FirstOrDefault()) is not null,
            "the check's pod is there");
        if (pod is null)
            await test;
        var (code, said) = await CheckAsync(running, pod!);
        var phase = $$"""{"status": {"phase": "{{(code == 0 ? "Succeeded" : "Failed")}}"} }""";
        await client.PatchNamespacedPodStatusAsync(new V1Patch(phase, V1Patch.PatchType.MergePatch), pod!.Name(), Check);
        await test;

        said.Should().Contain("ended as Skipped").And.Contain("  would: ").And.Contain("isolation: a NetworkPolicy in the namespace of each quarantined pod");
        code.Should().Be(0);
        (await Sources.GetAsync(new("", Check))).Should().BeOfType<ApiResult<FindingSource>.NotFound>("what the test needed goes with it");
    }

    private string Kubeconfig => Path.Combine(folder, "kubeconfig");

    private ResourceApi<FindingSource> Sources => TestCluster.ApiOf<FindingSource>(connection, "findingsources");

    private ResourceApi<ClusterRecoveryPolicy> ClusterPolicies => TestCluster.ApiOf<ClusterRecoveryPolicy>(connection, "clusterrecoverypolicies");

    private ResourceApi<ImageRevocationList> RevocationLists => TestCluster.ApiOf<ImageRevocationList>(connection, "imagerevocationlists");

    private async Task HelmAsync(string command, params IEnumerable<string> arguments)
    {
        string[] chart = command is "install" or "upgrade" ? [Chart.Folder] : [];
        var (code, output, error) = await Chart.HelmAsync([command, Chart.Name, .. chart, "--namespace", Chart.Namespace, "--kubeconfig", Kubeconfig, .. arguments]);
        code.Should().Be(0, "helm {0} said {1} {2}", command, output, error);
    }

    private async Task<(int Code, string Said)> CheckAsync(OperatorInProcess running, V1Pod pod)
    {
        var account = Path.Combine(folder, "account");
        cluster.WriteKubeconfig(account, await TestCluster.TokenAsync(client, Check, pod.Spec.ServiceAccountName));
        var token = Path.Combine(folder, "token");
        await File.WriteAllTextAsync(token, Encoding.UTF8.GetString((await client.ReadNamespacedSecretAsync(Check, Check)).Data["token"]), TestContext.Current.CancellationToken);
        // The operator of this test listens without TLS: of the authorities only that they are there and can be read is shown.
        var authorities = Path.Combine(folder, "ca.crt");
        await File.WriteAllTextAsync(authorities, Encoding.UTF8.GetString((await client.ReadNamespacedSecretAsync(Check, Check)).Data["ca.crt"]), TestContext.Current.CancellationToken);
        var arguments = pod.Spec.Containers.Single().Args.Select(a =>
            a.StartsWith("--receiver=", StringComparison.Ordinal) ? $"--receiver={running.Http.BaseAddress}"
            : a.StartsWith("--ca-file=", StringComparison.Ordinal) ? $"--ca-file={authorities}"
            : a.StartsWith("--token-file=", StringComparison.Ordinal) ? $"--token-file={token}"
            : a);
        return await OperatorProcess.RunAsync([.. arguments, "--kubeconfig", account]);
    }
}
