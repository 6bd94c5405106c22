using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>Workloads that Argo CD, Flux or Helm writes from a source of its own.</summary>
public sealed class GitOpsTests : ShopTest
{
    private GitOpsTool? tool;

    protected override async ValueTask StopAsync()
    {
        if (tool is not null)
            await tool.DisposeAsync();
    }

    [Fact]
    public async Task A_tool_that_puts_the_image_back_is_named_with_what_to_commit_and_after_the_commit_it_goes_on()
    {
        Cluster.Poison("cart", "1.4");
        tool = await GitOpsTool.StartAsync(Cluster, "argocd-controller", Deployment("cart:1.4", """{"argocd.argoproj.io/tracking-id": "storefront:apps/Deployment:shop/cart"}"""));
        await Cluster.ReadyAsync(Shop, "cart");
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];

        await Cluster.FindAsync(target);
        var blocked = await Cluster.BlockedAsync(target, "GitOpsConflict");

        blocked.Status!.Message.Should().Contain("was pinned 3 times and field manager argocd-controller puts an untrusted image back")
            .And.Contain("commit the patch in status.remediation to what Argo CD application storefront applies");
        blocked.Status.Remediation!.Content.Should().Be($"""
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: cart
              namespace: shop
            spec:
              template:
                spec:
                  containers:
                  - name: main
                    image: {TestCluster.Registry}/cart:1.4@{Released}

            """.ReplaceLineEndings("\n"));

        tool.Commit(Deployment($"cart:1.4@{Released}"));
        await Cluster.EndedAsync(target);
        (await Cluster.PodsAsync(Shop)).Should().OnlyContain(p => TestCluster.Runs(p, Released));
    }

    [Theory]
    [InlineData("Argo CD application storefront", """{"argocd.argoproj.io/tracking-id": "storefront:apps/Deployment:shop/cart"}""", "{}")]
    [InlineData("Argo CD application storefront", "{}", """{"argocd.argoproj.io/instance": "storefront"}""")]
    [InlineData("Flux Kustomization flux-system/apps", "{}", """{"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}""")]
    [InlineData("Flux HelmRelease shop/cart", "{}", """{"helm.toolkit.fluxcd.io/name": "cart", "helm.toolkit.fluxcd.io/namespace": "shop"}""")]
    [InlineData("Helm release shop/cart", """{"meta.helm.sh/release-name": "cart", "meta.helm.sh/release-namespace": "shop"}""", """{"app.kubernetes.io/managed-by": "Helm"}""")]
    [InlineData("Flux", "{}", "{}", "kustomize-controller")]
    public async Task Where_the_policy_waits_for_the_commit_nothing_is_written_until_it_comes(string managedBy, string annotations, string labels, string manager = "deployer")
    {
        Cluster.Poison("cart", "1.4");
        tool = await GitOpsTool.StartAsync(Cluster, manager, Deployment("cart:1.4", annotations, labels));
        await Cluster.ReadyAsync(Shop, "cart");
        await Cluster.PolicyAsync(Shop, "replace: {approval: [], gitOps: Wait}");
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];

        await Cluster.FindAsync(target);
        var blocked = await Cluster.BlockedAsync(target, "AwaitingCommit");

        blocked.Status!.Message.Should().StartWith($"Deployment cart is managed by {managedBy}: commit the patch in status.remediation");
        (await PodAsync(target))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel);
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "deployments" || r.Resource == "replicasets");

        tool.Commit(Deployment($"cart:1.4@{Released}", annotations, labels));
        await Cluster.EndedAsync(target);
        (await Cluster.PodsAsync(Shop)).Should().OnlyContain(p => TestCluster.Runs(p, Released));
    }

    [Fact]
    public async Task A_workload_that_nobody_manages_is_pinned_although_the_policy_waits_for_commits()
    {
        Cluster.Poison("cart", "1.4");
        await Cluster.DeployAsync(Shop, "cart", "cart:1.4", 2, pull: "Always");
        await Cluster.PolicyAsync(Shop, "replace: {approval: [], gitOps: Wait}");
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];

        await Cluster.FindAsync(target);
        await Cluster.EndedAsync(target);
    }

    [Fact]
    public async Task The_image_is_the_users_alone_once_he_applies_the_digest_and_his_next_upgrade_meets_no_conflict()
    {
        Cluster.Poison("cart", "1.4");
        await ApplyAsync(Deployment("cart:1.4"));
        await Cluster.ReadyAsync(Shop, "cart");
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var target = (await Cluster.PodsAsync(Shop))[0];
        await Cluster.FindAsync(target);
        await Cluster.EndedAsync(target);

        (await ApplyAsync(Deployment("cart:1.4"))).Should().BeOfType<ApiResult<Unstructured>.Conflict>("the old manifest would bring the poisoned tag back")
            .Which.Message.Should().Contain(OperatorOptions.FieldManager).And.Contain("image");
        (await ApplyAsync(Deployment($"cart:1.4@{Released}"))).Should().BeOfType<ApiResult<Unstructured>.Ok>();
        await Waiting.UntilAsync(async () => !await OwnsTheImageAsync(), "the operator owns the image no longer");

        (await ApplyAsync(Deployment("cart:1.5"))).Should().BeOfType<ApiResult<Unstructured>.Ok>("an upgrade conflicts with nobody");
        (await Cluster.Client.ReadNamespacedDeploymentAsync("cart", Shop)).Spec.Template.Spec.Containers[0].Image.Should().EndWith("cart:1.5");
    }

    private async Task<bool> OwnsTheImageAsync() =>
        (await Cluster.Client.ReadNamespacedDeploymentAsync("cart", Shop)).Metadata.ManagedFields
            .Where(f => f.Manager == OperatorOptions.FieldManager).Any(f => System.Text.Json.JsonSerializer.Serialize(f.FieldsV1).Contains("f:image", StringComparison.Ordinal));

    /// <summary>Server-side, without force: as kubectl apply --server-side.</summary>
    private async Task<ApiResult<Unstructured>> ApplyAsync(JsonObject manifest)
    {
        using var connection = new KubernetesConnection(Cluster.Api.ClientConfiguration("kubectl"), "kubectl");
        return await new ResourceApi<Unstructured>(connection, Unstructured.Of("apps", "v1", "deployments")).PatchAsync(new(Shop, "cart"), Patch.Apply(manifest, force: false));
    }

    private static JsonObject Deployment(string image, string annotations = "{}", string labels = "{}") => (JsonObject)JsonNode.Parse($$$"""
        {
          "apiVersion": "apps/v1", "kind": "Deployment",
          "metadata": {"name": "cart", "namespace": "{{{Shop}}}", "annotations": {{{annotations}}}, "labels": {{{labels}}} },
          "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "cart"} },
            "template": {
              "metadata": {"labels": {"app": "cart"} },
              "spec": {"containers": [{"name": "main", "image": "{{{TestCluster.Registry}}}/{{{image}}}", "imagePullPolicy": "Always"}] }
            }
          }
        }
        """)!;
}
