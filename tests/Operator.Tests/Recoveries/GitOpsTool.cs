using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>What a GitOps tool does: applies what stands in its repository, and again whenever the cluster differs.</summary>
internal sealed class GitOpsTool : IReconciler<ObjectKey>, IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly KubernetesConnection connection;
    private readonly Informer<Unstructured> deployments;
    private readonly Controller<ObjectKey> controller;
    private readonly Task running;
    private JsonObject committed;

    private GitOpsTool(TestCluster cluster, string manager, JsonObject committed)
    {
        this.committed = committed;
        connection = new(cluster.Api.ClientConfiguration(manager), manager);
        deployments = new(new ResourceApi<Unstructured>(connection, Unstructured.Of("apps", "v1", "deployments")), TimeProvider.System, NullLoggerFactory.Instance);
        controller = new ControllerBuilder<ObjectKey>(manager, TimeProvider.System, NullLoggerFactory.Instance)
            .Watches(deployments, d => [ObjectKey.Of(d.Metadata)])
            .Build(this);
        running = Task.WhenAll(deployments.RunAsync(stop.Token), controller.RunAsync(stop.Token));
    }

    /// <summary>It has applied what is committed.</summary>
    public static async Task<GitOpsTool> StartAsync(TestCluster cluster, string manager, JsonObject committed)
    {
        var tool = new GitOpsTool(cluster, manager, committed);
        await tool.ReconcileAsync(tool.Key, TestContext.Current.CancellationToken);
        return tool;
    }

    private ObjectKey Key => new((string)committed["metadata"]!["namespace"]!, (string)committed["metadata"]!["name"]!);

    /// <summary>Somebody changes what stands in the repository.</summary>
    public void Commit(JsonObject change)
    {
        committed = change;
        controller.Queue.Add(Key);
    }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        (await deployments.Api.PatchAsync(Key, Patch.Apply((JsonObject)committed.DeepClone(), force: true), cancellation: cancellation)).Required();
        return ReconcileResult.Done;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        connection.Dispose();
        stop.Dispose();
    }
}
