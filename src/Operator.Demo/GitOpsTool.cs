using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Operator.Demo;

/// <summary>What Argo CD does with self-healing on: applies the manifest of its repository again whenever the cluster differs.</summary>
internal sealed class GitOpsTool(Kubernetes client, string image)
{
    private const string Manager = "argocd-controller";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public async Task ApplyAsync(CancellationToken cancellation) =>
        await client.PatchNamespacedDeploymentAsync(new V1Patch(Committed().ToJsonString(), V1Patch.PatchType.ApplyPatch), "search", "shop", fieldManager: Manager, force: true, cancellationToken: cancellation);

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await HealAsync(stop);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException || (stop.IsCancellationRequested && failure is HttpRequestException or HttpOperationException))
        {
            // The demonstration is over.
        }
    }

    private async Task HealAsync(CancellationToken stop)
    {
        try
        {
            if ((await client.ReadNamespacedDeploymentAsync("search", "shop", cancellationToken: stop)).Spec.Template.Spec.Containers[0].Image != image)
                await ApplyAsync(stop);
        }
        catch (HttpOperationException refused) when (refused.Response.StatusCode == HttpStatusCode.NotFound)
        {
            // Whoever uses the cluster has deleted it.
        }
    }

    private JsonObject Committed() => (JsonObject)JsonNode.Parse($$$"""
        {
          "apiVersion": "apps/v1", "kind": "Deployment",
          "metadata": {
            "name": "search", "namespace": "shop", "labels": {"app": "search"},
            "annotations": {"argocd.argoproj.io/tracking-id": "storefront:apps/Deployment:shop/search"}
          },
          "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "search"} },
            "template": {
              "metadata": {"labels": {"app": "search"} },
              "spec": {"containers": [{"name": "search", "image": "{{{image}}}"}] }
            }
          }
        }
        """)!;
}
