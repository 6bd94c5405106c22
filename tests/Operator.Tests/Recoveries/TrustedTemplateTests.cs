using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;

namespace Operator.Tests.Recoveries;

/// <summary>The template already names a trusted digest: one patch isolates the pod and starts its replacement.</summary>
public sealed class TrustedTemplateTests : IAsyncLifetime
{
    private const string Shop = "shop";
    private TestCluster cluster = null!;
    private OperatorInProcess running = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await TestCluster.StartAsync();
        await cluster.NamespaceAsync(Shop);
        var digest = cluster.Push("cart", "1.4");
        await cluster.TrustAsync("cart", "1.4", digest);
        await cluster.PolicyAsync(Shop, "evidence: {deadline: 30s}");
        await cluster.DeployAsync(Shop, "cart", $"cart:1.4@{digest}", 3);
        running = await OperatorInProcess.StartAsync(cluster);
    }

    public async ValueTask DisposeAsync()
    {
        await running.DisposeAsync();
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task One_patch_contains_and_detaches()
    {
        var pod = (await cluster.PodsAsync(Shop))[0];

        await cluster.FindAsync(pod);
        await cluster.EndedAsync(pod);

        var patch = (await cluster.OperatorWritesAsync()).Where(r => r is { Verb: "patch", Resource: "pods" }).Should().ContainSingle().Subject;
        patch.ContentType.Should().Be("application/json-patch+json");
        var labels = patch.ResponseObject!["metadata"]!["labels"]!.AsObject();
        labels.Select(l => l.Key).Should().Equal(WellKnown.QuarantineLabel);
        var original = (string)patch.ResponseObject["metadata"]!["annotations"]![WellKnown.OriginalLabelsAnnotation]!;
        JsonNode.Parse(original)!["app"]!.ToString().Should().Be("cart");
    }

    [Fact]
    public async Task The_replacement_is_there_before_the_evidence_is_done()
    {
        var pods = await cluster.PodsAsync(Shop);
        var asked = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        cluster.Api.Faults.Before = async request =>
        {
            if (request.Subresource == "log")
            {
                asked.TrySetResult();
                await release.Task;
            }
            return null;
        };

        await cluster.FindAsync(pods[0]);
        await asked.Task;
        // What the Deployment says of itself may still be about the pod that was just detached.
        await Waiting.UntilAsync(
            async () => (await cluster.PodsAsync(Shop)).Count(p => p.Labels()?.ContainsKey("app") is true && p.Uid() != pods[0].Uid() && TestCluster.IsReady(p)) == 3,
            "its replacement serves");
        (await cluster.RecoveriesAsync(Shop)).Should().ContainSingle().Which.Status?.EvidenceAt.Should().BeNull();
        release.SetResult();
        await cluster.EndedAsync(pods[0]);
    }

    [Fact]
    public async Task A_pod_that_takes_long_to_stop_is_said_to_within_seconds()
    {
        var pod = (await cluster.PodsAsync(Shop))[0];
        await cluster.Client.PatchNamespacedPodAsync(new V1Patch("""{"metadata": {"finalizers": ["test.example/slow"]}}""", V1Patch.PatchType.MergePatch), pod.Name(), Shop);

        await cluster.FindAsync(pod);
        var stopping = await cluster.RecoveryAsync(pod, r => r.Status?.Reason == "Terminating", "says that its pod is stopping");
        await cluster.Client.PatchNamespacedPodAsync(new V1Patch("""{"metadata": {"finalizers": null}}""", V1Patch.PatchType.MergePatch), pod.Name(), Shop);

        stopping.Status!.Message.Should().Contain(pod.Name());
        (await cluster.EndedAsync(pod)).Status!.Reason.Should().Be("Verified");
    }

    [Fact]
    public async Task No_other_pod_of_the_workload_is_touched_and_nothing_is_left_behind()
    {
        var pods = await cluster.PodsAsync(Shop);

        await cluster.FindAsync(pods[0]);
        await cluster.EndedAsync(pods[0]);
        await Waiting.UntilAsync(async () => (await cluster.Client.ListNamespacedNetworkPolicyAsync(Shop)).Items.Count == 0, "the quarantine policy is gone");

        var now = await cluster.PodsAsync(Shop);
        now.Select(p => p.Uid()).Should().HaveCount(3).And.Contain([pods[1].Uid(), pods[2].Uid()]);
        now.Should().NotContain(p => p.Labels().ContainsKey(WellKnown.QuarantineLabel));
        (await cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "deployments" || r.Resource == "replicasets");
        (await cluster.OperatorWritesAsync()).Where(r => r.Resource == "pods").Select(r => r.Name).Distinct().Should().Equal(pods[0].Name());
    }

    [Fact]
    public async Task The_evidence_can_be_read_back_and_its_hash_holds()
    {
        var pod = (await cluster.PodsAsync(Shop))[0];

        await cluster.FindAsync(pod);
        var recovery = await cluster.EndedAsync(pod);

        recovery.Status!.Evidence.Select(e => e.Kind).Should().BeEquivalentTo("Manifest", "Events", "Log");
        foreach (var item in recovery.Status.Evidence)
        {
            var map = await cluster.Client.ReadNamespacedConfigMapAsync(item.ConfigMap!.Split('/')[1], item.ConfigMap.Split('/')[0]);
            using var zipped = new System.IO.Compression.GZipStream(new MemoryStream(map.BinaryData[item.Key]), System.IO.Compression.CompressionMode.Decompress);
            using var content = new MemoryStream();
            await zipped.CopyToAsync(content, TestContext.Current.CancellationToken);
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content.ToArray())).Should().Be(item.Sha256);
            map.Immutable.Should().BeTrue();
        }
    }
}
