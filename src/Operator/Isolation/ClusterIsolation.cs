using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Isolation;

/// <summary>
/// Finds which deny that nothing overrides is in force, by reading the one object of config/isolation in each dialect that the cluster may serve.
/// Nothing is claimed that could not be read: without a deny in force the operator isolates with NetworkPolicies, which is always safe.
/// </summary>
internal sealed partial class ClusterIsolation(KubernetesConnection connection, TimeProvider time, ILogger<ClusterIsolation> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    /// <summary>How old a look may be on which a recovery relies.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    private readonly IReadOnlyDictionary<IsolationDialect, ResourceApi<AnyObject>> apis = IsolationDialect.All.ToDictionary(
        d => d, d => new ResourceApi<AnyObject>(connection, Kinds.Any(d.Group, d.Version, d.Plural) with { Namespaced = false }));

    private readonly TaskCompletionSource looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim oneLook = new(1);
    private long lookedAt;

    /// <summary>As it was seen last.</summary>
    public IsolationState Current { get; private set; } = IsolationState.NotLooked;

    /// <summary>Once it has been looked at, whatever was found.</summary>
    public Task Looked => looked.Task;

    /// <summary>Another deny is in force than before, or none.</summary>
    public event Action? Changed;

    /// <summary>
    /// The deny in force now, looked at within the last seconds; null where there is none or that cannot be said.
    /// What has come since the last regular look is not waited for: until then a NetworkPolicy does.
    /// </summary>
    public async Task<ClusterDeny?> DenyAsync(CancellationToken cancellation)
    {
        if (Current.InForce.Count == 0)
            return null;
        await oneLook.WaitAsync(cancellation);
        try
        {
            if (time.GetElapsedTime(lookedAt) >= Fresh)
                await LookAtEachAsync(cancellation);
        }
        finally
        {
            oneLook.Release();
        }
        return Current.InForce.FirstOrDefault();
    }

    /// <summary>Looks at every dialect now.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await oneLook.WaitAsync(cancellation);
        try
        {
            await LookAtEachAsync(cancellation);
        }
        finally
        {
            oneLook.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            await LookAsync(stoppingToken);
            timer.Period = Current.Unknown.Count == 0 ? Period : Retry;
            await timer.WaitForNextTickAsync(stoppingToken);
        }
    }

    public override void Dispose()
    {
        oneLook.Dispose();
        base.Dispose();
    }

    private async Task LookAtEachAsync(CancellationToken cancellation)
    {
        var seen = await Task.WhenAll(IsolationDialect.All.Select(d => LookAsync(d, cancellation)));
        var state = new IsolationState(
            [.. seen.Select(s => s.Deny).OfType<ClusterDeny>()],
            seen.Where(s => s.NotBelieved is not null).ToDictionary(s => s.Dialect.Name, s => s.NotBelieved!),
            seen.Where(s => s.Unknown is not null).ToDictionary(s => s.Dialect.Name, s => s.Unknown!));
        (var before, Current, lookedAt) = (Current, state, time.GetTimestamp());
        if (!before.SameAs(state))
            InForceNow(state.Explained);
        looked.TrySetResult();
        if (!before.InForce.SequenceEqual(state.InForce))
            Changed?.Invoke();
    }

    private async Task<(IsolationDialect Dialect, ClusterDeny? Deny, string? NotBelieved, string? Unknown)> LookAsync(IsolationDialect dialect, CancellationToken cancellation)
    {
        try
        {
            return await apis[dialect].GetAsync(new("", ClusterDeny.ObjectName), cancellation) switch
            {
                ApiResult<AnyObject>.Ok { Value: var found } => Lacks(dialect, found) is { } why
                    ? (dialect, null, why, null)
                    : (dialect, new ClusterDeny(dialect, found.Metadata.Uid), null, null),
                // The kind is not served, or there is no such object.
                ApiResult<AnyObject>.NotFound => (dialect, null, null, null),
                ApiResult<AnyObject>.Forbidden f => (dialect, null, $"the operator may not read it: {f.Message}", null),
                var other => (dialect, null, null, $"the API server answered {other}"),
            };
        }
        catch (ApiUnavailableException failure)
        {
            return (dialect, null, null, failure.Message);
        }
    }

    private static string? Lacks(IsolationDialect dialect, AnyObject found) =>
        found.Metadata.DeletionTimestamp is not null ? "it is being deleted"
        : found.Content["spec"] is System.Text.Json.Nodes.JsonObject spec ? dialect.Lacks(spec)
        : "it has no spec";

    [LoggerMessage(LogLevel.Information, "quarantined pods are isolated by {isolation}")]
    private partial void InForceNow(string isolation);
}
