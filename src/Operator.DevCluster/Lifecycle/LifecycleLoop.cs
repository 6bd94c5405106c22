using System.Threading.Channels;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Lifecycle;

/// <summary>
/// The part of kube-controller-manager that looks after objects as such, whatever their kind: owner garbage
/// collection, the end of namespaces and of custom resources. It follows every commit in order.
/// </summary>
internal sealed class LifecycleLoop : IAsyncDisposable
{
    private readonly Channel<(string Resource, StorageEvent Written)> commits =
        Channel.CreateUnbounded<(string, StorageEvent)>(new() { SingleReader = true });

    private readonly Task running;

    public LifecycleLoop(ObjectRegistry registry, ObjectDeletion deletion, ResourceCatalog catalog)
    {
        GarbageCollector garbage = new(registry, deletion, catalog);
        NamespaceTermination namespaces = new(registry, deletion, catalog);
        CustomResourceCleanup customResources = new(registry, deletion, catalog);
        registry.Store.Committed += (resource, written) => commits.Writer.TryWrite((resource, written));
        running = Task.Run(async () =>
        {
            await foreach (var (resource, written) in commits.Reader.ReadAllAsync())
            {
                garbage.Follow(resource, written);
                namespaces.Follow(resource, written);
                customResources.Follow(resource, written);
            }
        });
    }

    /// <summary>Ends the loop; an error in it comes to light here.</summary>
    public async ValueTask DisposeAsync()
    {
        commits.Writer.TryComplete();
        await running;
    }
}
