using Operator.Access;
using Operator.Admission;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Isolation;
using Operator.Recoveries;
using Operator.Runtime;
using Operator.Telemetry;

namespace Operator;

/// <summary>Keeps the caches warm on every replica, and runs the controllers on the one that leads.</summary>
internal sealed partial class OperatorService(
    ClusterCache cache,
    OperatorAccess access,
    ClusterAdmission admission,
    ClusterIsolation isolation,
    OperatorControllers controllers,
    RecoveryAuthority authority,
    RecoveryLedger ledger,
    OperatorMetrics metrics,
    KubernetesConnection connection,
    OperatorOptions options,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers) : BackgroundService
{
    private const string LeaseName = "immutable-recovery-operator";
    private static readonly TimeSpan NodesPatience = TimeSpan.FromSeconds(10);

    /// <summary>What waits at the start comes first: collecting holds everything up for a moment.</summary>
    private static readonly TimeSpan ListsPatience = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Task> following = [.. cache.All.Select(i => i.RunAsync(stoppingToken)), access.RunAsync(stoppingToken), FollowNodesAsync(stoppingToken), ServeAsync(stoppingToken), GiveMemoryBackAsync(stoppingToken)];
        try
        {
            if (options.LeaderElection)
            {
                var election = new LeaseElection(connection, new(options.Namespace, LeaseName), options.Identity, time, loggers.CreateLogger<LeaseElection>());
                await election.RunAsync(LeadAsync, stoppingToken);
            }
            else
            {
                await LeadAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped while waiting to be elected.
        }
        // Whoever has lost its lease starts over as a follower, in a new process.
        lifetime.StopApplication();
        await Task.WhenAll(following);
    }

    private async Task LeadAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(cache.Synced, access.Known, admission.Looked, isolation.Looked).WaitAsync(cancellation);
        // Whoever may read nodes begins with knowing them; should they not come after all, nothing is kept from being recovered.
        if (access.Has(OptionalRole.Nodes))
            await Task.WhenAny(cache.Nodes.Synced, Task.Delay(NodesPatience, time, cancellation));
        cancellation.ThrowIfCancellationRequested();
        Restore();
        metrics.Leads(true);
        await Task.WhenAll(controllers.OfLeader.Select(c => c.RunAsync(cancellation)));
        metrics.Leads(false);
    }

    /// <summary>What each replica does, leader or not.</summary>
    private async Task ServeAsync(CancellationToken stopping)
    {
        await cache.Synced.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(controllers.OfEachReplica.Select(c => c.RunAsync(stopping)));
    }

    /// <summary>Nodes are followed once that is granted.</summary>
    private async Task FollowNodesAsync(CancellationToken stopping)
    {
        TaskCompletionSource granted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (access.Has(OptionalRole.Nodes))
                granted.TrySetResult();
        }
        access.Changed += Look;
        Look();
        await granted.Task.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        access.Changed -= Look;
        if (!stopping.IsCancellationRequested)
            await cache.Nodes.RunAsync(stopping);
    }

    /// <summary>The first lists need far more memory than what is kept of them, and nothing else would make the runtime give it back soon.</summary>
    private async Task GiveMemoryBackAsync(CancellationToken stopping)
    {
        await cache.Synced.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(ListsPatience, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stopping.IsCancellationRequested)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <summary>The limits go on from where the last leader left them.</summary>
    private void Restore()
    {
        foreach (var recovery in cache.Recoveries.Store.All.Where(authority.Believes))
            ledger.Refresh(recovery);
        foreach (var policy in cache.RecoveryPolicies.Store.All)
            ledger.Refresh(PolicyKey.Of(policy.Metadata), policy.Status);
        foreach (var policy in cache.ClusterRecoveryPolicies.Store.All)
            ledger.Refresh(PolicyKey.Of(policy.Metadata), policy.Status);
        foreach (var pod in cache.Pods.Store.All)
        {
            if (ObjectKey.TryParse(pod.Metadata.Annotation(WellKnown.RecoveryAnnotation), out var recovery))
                ledger.RefreshPod(recovery, PodFacts.Of(pod));
        }
    }
}
