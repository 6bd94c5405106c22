using k8s;
using k8s.Models;
using Operator.DevCluster;

namespace Operator.Tests.Recoveries;

/// <summary>Clusters in which a pod runs something else than its template names, or in which it is not known what it runs.</summary>
public sealed class ImagesAsTheyRunTests : IAsyncLifetime
{
    private const string Shop = "shop", Mirror = "mirror.test.example", MirrorPolicy = "test-mirror";
    private TestCluster cluster = null!;
    private OperatorInProcess? running;
    private string released = "";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (running is not null)
            await running.DisposeAsync();
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task Healthy_replicas_whose_registry_was_rewritten_stay_and_the_accused_one_is_replaced()
    {
        await StartAsync(keepDigest: true);
        cluster.Api.Images.Push($"{Mirror}/cart", "1.4", released);
        var pods = await DeployAsync(3);

        await cluster.FindAsync(pods[0]);
        await cluster.EndedAsync(pods[0]);

        var now = await cluster.PodsAsync(Shop);
        now.Should().HaveCount(3).And.OnlyContain(p => TestCluster.Runs(p, released) && p.Spec.Containers[0].Image.StartsWith(Mirror));
        now.Select(p => p.Uid()).Should().Contain(pods.Skip(1).Select(p => p.Uid()), "no other was accused");
        (await RemovedAsync()).Should().Be(1);
    }

    [Fact]
    public async Task A_mirror_that_serves_another_digest_costs_one_pod_and_the_record_says_why_the_rest_was_left_alone()
    {
        await StartAsync(keepDigest: false);
        var other = TestCluster.Digest("cart:1.4 as the mirror has it");
        cluster.Api.Images.Push($"{Mirror}/cart", "1.4", other);
        var pods = await DeployAsync(3);

        await cluster.FindAsync(pods[0]);
        var recovery = await cluster.BlockedAsync(pods[0], "ReplacementUntrusted");

        recovery.Status!.Message.Should().Contain($"runs {Mirror}/cart@{other}").And.Contain("changed its repository").And.Contain("left alone");
        (await cluster.PodsAsync(Shop)).Select(p => p.Uid()).Should().Contain(pods.Skip(1).Select(p => p.Uid()));
        (await RemovedAsync()).Should().Be(1);
    }

    [Fact]
    public async Task Replicas_of_which_the_runtime_reports_no_manifest_stay_and_the_record_names_them()
    {
        await StartAsync(keepDigest: null, (_, digest) => TestCluster.Digest($"the configuration of {digest}")["sha256:".Length..]);
        var pods = await DeployAsync(24);

        await cluster.FindAsync(pods[0]);
        var recovery = await cluster.EndedAsync(pods[0]);

        (await cluster.PodsAsync(Shop)).Select(p => p.Uid()).Should().HaveCount(24).And.Contain(pods.Skip(1).Select(p => p.Uid()));
        recovery.Status!.Message.Should().Contain("left alone, since it is not known which image they run").And.Contain("and 18 more");
        (await RemovedAsync()).Should().Be(1);
    }

    [Fact]
    public async Task A_configurations_digest_is_never_pinned()
    {
        await StartAsync(keepDigest: null, (_, digest) => digest, policy: "trust: {require: NotRevoked}");
        var pods = await DeployAsync(2);

        await cluster.FindAsync(pods[0]);
        var recovery = await cluster.BlockedAsync(pods[0], "NoTrustedDigest");

        recovery.Status!.Message.Should().Contain("may be the digest of a configuration");
        (await cluster.Client.ReadNamespacedDeploymentAsync("cart", Shop)).Spec.Template.Spec.Containers[0].Image.Should().Be($"{TestCluster.Registry}/cart:1.4");
        (await RemovedAsync()).Should().Be(0);
    }

    /// <param name="keepDigest">Whether the mirror's webhook leaves digests on images; null for no mirror.</param>
    /// <param name="reports">How the runtime reports an image.</param>
    /// <param name="policy">What the policy says beside the defaults.</param>
    private async Task StartAsync(bool? keepDigest, Func<string, string, string>? reports = null, string policy = "")
    {
        EmbeddedClusterOptions options = new() { ReadinessDelay = TimeSpan.FromMilliseconds(20), PullDelay = TimeSpan.FromMilliseconds(5) };
        cluster = await TestCluster.StartAsync(options with
        {
            ReportedImageId = reports ?? options.ReportedImageId,
            AdmittedImage = keepDigest is not { } keep ? null : image => Mirror + (keep ? image : image.Split('@')[0])[TestCluster.Registry.Length..],
        });
        await cluster.NamespaceAsync(Shop);
        if (ChosenCluster.Offers(Capability.AdmissionPolicies))
            await MirrorAsync(keepDigest);
        released = cluster.Push("cart", "1.4");
        await cluster.TrustAsync("cart", "1.4", released);
        await cluster.PolicyAsync(Shop, policy);
        running = await OperatorInProcess.StartAsync(cluster);
    }

    /// <summary>What the embedded API server's option does, by a policy.</summary>
    private async Task MirrorAsync(bool? keepDigest)
    {
        var image = keepDigest is true ? "c.image" : "c.image.split('@')[0]";
        await cluster.ApplyAsync($$"""
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingAdmissionPolicy
            metadata: {name: {{MirrorPolicy}} }
            spec:
              failurePolicy: Fail
              reinvocationPolicy: Never
              matchConstraints:
                namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{(keepDigest is null ? "no-namespace" : Shop)}} } }
                resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
              mutations:
              - patchType: ApplyConfiguration
                applyConfiguration:
                  expression: >-
                    Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{name: c.name,
                      image: string({{image}}).replace('{{TestCluster.Registry}}/', '{{Mirror}}/') }) } }
            ---
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingAdmissionPolicyBinding
            metadata: {name: {{MirrorPolicy}} }
            spec: {policyName: {{MirrorPolicy}} }
            """);
        if (keepDigest is null)
            return;
        await Waiting.UntilAsync(
            async () => (await cluster.Client.CreateNamespacedPodAsync(
                new V1Pod { Metadata = new() { Name = "probe" }, Spec = new() { Containers = [new() { Name = "main", Image = $"{TestCluster.Registry}/cart:1.4" }] } }, Shop, dryRun: "All"))
                .Spec.Containers[0].Image.StartsWith(Mirror),
            "the mirror's policy is in force");
    }

    private async Task<IReadOnlyList<V1Pod>> DeployAsync(int replicas)
    {
        await cluster.DeployAsync(Shop, "cart", "cart:1.4", replicas);
        return await cluster.PodsAsync(Shop);
    }

    private async Task<int> RemovedAsync() => (await cluster.OperatorWritesAsync()).Count(r => r is { Verb: "delete", Resource: "pods" });
}
