using Operator.Admission;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator;

/// <summary>Keeps the caches warm on every replica, and runs the controllers on the one that leads.</summary>
internal sealed partial class OperatorService(
    ClusterCache cache,
    ClusterAdmission admission,
    OperatorControllers controllers,
    RecoveryLedger ledger,
    KubernetesConnection connection,
    OperatorOptions options,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers) : BackgroundService
{
    private const string LeaseName = "immutable-recovery-operator";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var informers = cache.All.Select(i => i.RunAsync(stoppingToken)).ToList();
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
        await Task.WhenAll(informers);
    }

    private async Task LeadAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(cache.Synced, admission.Looked).WaitAsync(cancellation);
        Restore();
        await Task.WhenAll(controllers.All.Select(c => c.RunAsync(cancellation)));
    }

    /// <summary>The limits go on from where the last leader left them.</summary>
    private void Restore()
    {
        foreach (var recovery in cache.Recoveries.Store.All)
            ledger.Refresh(recovery);
        foreach (var pod in cache.Pods.Store.All)
        {
            if (pod.Metadata.Annotation(WellKnown.RecoveryAnnotation) is { } recovery && PodFacts.Of(pod).DetachedAt is { } at)
                ledger.RefreshDetached(ObjectKey.Parse(recovery), pod.Metadata.Uid, at);
        }
    }
}
