using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>What the rest of the runtime needs of an informer, whatever its type.</summary>
public interface IInformer
{
    Task Synced { get; }

    Task RunAsync(CancellationToken cancellation);
}

/// <summary>A reflector, its store and whoever wants to hear of changes. It runs on every replica, leader or not, so that its store is warm.</summary>
public sealed partial class Informer<T> : IInformer
    where T : class, IMetadata<V1ObjectMeta>
{
    private readonly Reflector<T> reflector;
    private readonly ILogger logger;
    private Action<Change<T>>[] handlers = [];

    public Informer(
        ResourceApi<T> api,
        TimeProvider time,
        ILoggerFactory loggers,
        Selection? selection = null,
        IReadOnlyDictionary<string, Func<T, IEnumerable<string>>>? indexers = null,
        RuntimeMetrics? metrics = null,
        Func<T, T>? shrink = null)
    {
        Api = api;
        logger = loggers.CreateLogger<Informer<T>>();
        Store = new Store<T>(indexers);
        reflector = new Reflector<T>(api, selection ?? Selection.All, Store, Publish, metrics ?? new(new()), time, loggers.CreateLogger<Reflector<T>>(), shrink, item => Admits?.Invoke(item) is not false);
    }

    public ResourceApi<T> Api { get; }

    public Store<T> Store { get; }

    /// <summary>
    /// Asked of each object that comes: false leaves it out of the store, and nobody hears of it before it is deleted. Set before it runs; null keeps all.
    /// </summary>
    public Func<T, bool>? Admits { get; set; }

    /// <summary>
    /// Whether the API server applies the selection. False where it does not know the selection's field: the store then has every object.
    /// </summary>
    public bool IsSelective => reflector.IsSelective;

    public Task Synced => reflector.Synced;

    public bool HasSynced => Synced.IsCompletedSuccessfully;

    /// <summary>Hears of every change from now on, and at once of everything that is already known.</summary>
    public void Subscribe(Action<Change<T>> handler)
    {
        lock (reflector)
        {
            handlers = [.. handlers, handler];
            foreach (var known in Store.All)
                Tell(handler, new(null, known));
        }
    }

    public Task RunAsync(CancellationToken cancellation) => reflector.RunAsync(cancellation);

    private void Publish(Change<T> change)
    {
        lock (reflector)
        {
            foreach (var handler in handlers)
                Tell(handler, change);
        }
    }

    /// <summary>What one handler cannot stand, as an object that somebody shaped to that end, must not hide a change from the others.</summary>
    private void Tell(Action<Change<T>> handler, Change<T> change)
    {
        try
        {
            handler(change);
        }
        catch (Exception bug)
        {
            HandlerFailed(bug, Api.Kind.Plural, ObjectKey.Of(change.Any.Metadata));
        }
    }

    [LoggerMessage(LogLevel.Error, "{plural} {key}: a handler failed")]
    private partial void HandlerFailed(Exception bug, string plural, ObjectKey key);
}
