using System.Globalization;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;

namespace Operator.Demo;

/// <summary>A shop of eight workloads: three of different kinds on poisoned tags, a Deployment and a Job that are pinned, one that a GitOps tool manages, one without a trusted image, one protected.</summary>
internal sealed class Shop(bool pinAtAdmission) : IScenario
{
    private const string Registry = "registry.shop.example";
    private static readonly string CartDigest = Digests.Of("cart 1.4 as released");
    private static readonly string PoisonedDigest = Digests.Of("cart 1.4 as somebody pushed it last night");
    private static readonly string LedgerDigest = Digests.Of("ledger 3.0");
    private static readonly string ExporterDigest = Digests.Of("exporter 2.2");
    private static readonly string CatalogDigest = Digests.Of("catalog 2.0");
    private static readonly string ReindexDigest = Digests.Of("reindex 1.1");
    private static readonly string SearchDigest = Digests.Of("search 5.2");

    public async Task<IReadOnlyList<Alert>> PrepareAsync(Platform platform, CancellationToken cancellation)
    {
        var images = platform.Cluster.Images;
        images.Push($"{Registry}/cart", "1.4", CartDigest);
        images.Push($"{Registry}/cart", "1.4", PoisonedDigest);
        images.Push($"{Registry}/catalog", "2.0", CatalogDigest);
        images.Push($"{Registry}/ledger", "3.0", Digests.Of("ledger 3.0 as somebody pushed it last night"));
        images.Push($"{Registry}/exporter", "2.2", Digests.Of("exporter 2.2 as somebody pushed it last night"));
        images.Push($"{Registry}/reindex", "1.1", ReindexDigest);
        images.Push($"{Registry}/search", "5.2", Digests.Of("search 5.2 as somebody pushed it last night"));
        (string, string)[] digests =
        [
            ("CART_DIGEST", CartDigest), ("CATALOG_DIGEST", CatalogDigest), ("LEDGER_DIGEST", LedgerDigest), ("EXPORTER_DIGEST", ExporterDigest),
            ("REINDEX_DIGEST", ReindexDigest), ("SEARCH_DIGEST", SearchDigest),
        ];
        await platform.Cluster.ApplyAsync(Manifests.Read("shop.yaml", digests), cancellation);
        var tool = new GitOpsTool(platform.Client, $"{Registry}/search:5.2");
        await tool.ApplyAsync(cancellation);
        platform.RunBeside(tool.RunAsync);
        await Workloads.ReadyAsync(platform.Client, cancellation);
        if (pinAtAdmission)
            await PinAsync(platform, cancellation);
        return
        [
            await AlertAsync(platform, "shop", "cart", "Drop and execute new binary in container", "Critical", "/tmp/xmrig", "Succeeded", cancellation),
            await AlertAsync(platform, "shop", "catalog", "Terminal shell in container", "Error", "bash -i", "Succeeded", cancellation),
            await AlertAsync(platform, "shop", "ledger", "Drop and execute new binary in container", "Critical", "/tmp/.x", "Succeeded", cancellation),
            await AlertAsync(platform, "shop", "exporter", "Terminal shell in container", "Error", "sh -i", "Succeeded", cancellation),
            await AlertAsync(platform, "shop", "reindex", "Terminal shell in container", "Error", "sh -c id", "Succeeded", cancellation),
            await AlertAsync(platform, "shop", "search", "Drop and execute new binary in container", "Critical", "/dev/shm/k", pinAtAdmission ? "Succeeded" : "Blocked", cancellation),
            await AlertAsync(platform, "shop", "payments", "Read sensitive file untrusted", "Error", "cat /etc/shadow", "Blocked", cancellation),
            await AlertAsync(platform, "kube-system", "node-agent", "Terminal shell in container", "Error", "sh", "Skipped", cancellation),
        ];
    }

    /// <summary>From here on the API server makes trusted digests of the shop's tags, and lets nothing else start there.</summary>
    private static async Task PinAsync(Platform platform, CancellationToken cancellation)
    {
        await platform.Cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: Namespace
            metadata: {name: shop, labels: { {{WellKnown.PinImagesLabel}}: "true", {{WellKnown.RequireListedImagesLabel}}: "true"} }
            """, cancellation);
        await Patience.UntilAsync(
            async c => (await platform.PolicyAsync("runtime-intrusion", c)).Status?.Coverage?.PinnedAtAdmission > 0, "the policy's coverage counts pods that are pinned at admission", cancellation);
    }

    /// <summary>What Falco would report of the first pod of a workload.</summary>
    private static async Task<Alert> AlertAsync(Platform platform, string ns, string app, string rule, string priority, string command, string expected, CancellationToken cancellation)
    {
        var pods = await platform.Client.ListNamespacedPodAsync(ns, labelSelector: $"app={app}", cancellationToken: cancellation);
        var pod = pods.Items.OrderBy(p => p.Name(), StringComparer.Ordinal).First();
        var now = TimeProvider.System.GetUtcNow();
        var alert = new JsonObject
        {
            ["uuid"] = Guid.NewGuid().ToString(),
            ["time"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture),
            ["rule"] = rule,
            ["priority"] = priority,
            ["source"] = "syscall",
            ["tags"] = new JsonArray("container", "mitre_execution"),
            ["hostname"] = pod.Spec.NodeName,
            ["output"] = $"{now:HH:mm:ss.fffffff}: {priority} {rule} (user=root command={command} k8s.ns={ns} k8s.pod={pod.Name()})",
            ["output_fields"] = new JsonObject
            {
                ["container.id"] = pod.Status.ContainerStatuses[0].ContainerID.Split("://")[1][..12],
                ["container.image.repository"] = $"{Registry}/{app}",
                ["k8s.ns.name"] = ns,
                ["k8s.pod.name"] = pod.Name(),
                ["proc.cmdline"] = command,
                ["user.name"] = "root",
            },
        };
        return new($"{ns}/{app}", System.Text.Encoding.UTF8.GetBytes(alert.ToJsonString()), expected);
    }
}
