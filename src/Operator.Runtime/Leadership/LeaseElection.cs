using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Operator.Runtime;

/// <summary>
/// Elects one of several replicas by a Lease. Expiry is judged on this process's monotonic clock since the lease was last
/// seen to change, never by comparing clocks of two machines. Leadership only saves work: it is no fence, and nothing may rely on it.
/// </summary>
public sealed partial class LeaseElection(KubernetesConnection connection, ObjectKey lease, string identity, TimeProvider time, ILogger<LeaseElection> logger)
{
    /// <summary>A lease that was not renewed for so long is free.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    /// <summary>A leader that could not renew for so long stops, well before anybody else may start.</summary>
    public static readonly TimeSpan RenewDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Between two attempts.</summary>
    public static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(2);

    private readonly ResourceApi<Lease> leases = new(connection, new("coordination.k8s.io", "v1", "leases", true, ResourceJson.Trimmed<Lease>(LeaseJson.Default)));
    private (string Version, long SeenAt) observed;

    /// <summary>
    /// Waits to be elected, runs <paramref name="lead"/> with a token that is cancelled when leadership is lost, and releases the lease at the end.
    /// Returns once lead has ended: after losing, the process is expected to exit rather than to lead again.
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken stop)
    {
        while (!await TryAcquireAsync(stop))
            await Task.Delay(RetryPeriod, time, stop);
        Elected(identity);

        using var leading = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var work = lead(leading.Token);
        var renewal = RenewAsync(leading);
        await Task.WhenAny(work, renewal);
        await leading.CancelAsync();
        await Task.WhenAll(work, renewal);
        await ReleaseAsync();
    }

    private async Task RenewAsync(CancellationTokenSource leading)
    {
        var renewedAt = time.GetTimestamp();
        while (!leading.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(RetryPeriod, time, leading.Token);
                using var deadline = new CancellationTokenSource(RenewDeadline, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, leading.Token);
                if (await TryAcquireAsync(either.Token))
                    renewedAt = time.GetTimestamp();
            }
            catch (OperationCanceledException)
            {
                // Stopping, or a renewal that hung: the deadline below decides.
            }
            if (!leading.IsCancellationRequested && time.GetElapsedTime(renewedAt) >= RenewDeadline)
            {
                Lost(identity);
                return;
            }
        }
    }

    private async Task<bool> TryAcquireAsync(CancellationToken cancellation)
    {
        try
        {
            return await leases.GetAsync(lease, cancellation) switch
            {
                ApiResult<Lease>.NotFound => await leases.CreateAsync(Ours(null), cancellation) is ApiResult<Lease>.Ok,
                ApiResult<Lease>.Ok { Value: var current } when MayTake(current) =>
                    await leases.ReplaceAsync(Ours(current), cancellation: cancellation) is ApiResult<Lease>.Ok,
                _ => false,
            };
        }
        catch (ApiUnavailableException failure)
        {
            AttemptFailed(identity, failure.Message);
            return false;
        }
    }

    private bool MayTake(Lease current)
    {
        if (current.Spec.HolderIdentity == identity || string.IsNullOrEmpty(current.Spec.HolderIdentity))
            return true;
        if (observed.Version != current.Metadata.ResourceVersion)
            observed = (current.Metadata.ResourceVersion, time.GetTimestamp());
        var duration = TimeSpan.FromSeconds(current.Spec.LeaseDurationSeconds ?? Duration.TotalSeconds);
        return time.GetElapsedTime(observed.SeenAt) >= duration;
    }

    private Lease Ours(Lease? current)
    {
        var now = time.GetUtcNow();
        var held = current?.Spec.HolderIdentity == identity;
        return new Lease
        {
            Metadata = current?.Metadata ?? new V1ObjectMeta { NamespaceProperty = lease.Namespace, Name = lease.Name },
            Spec = new LeaseSpec
            {
                HolderIdentity = identity,
                LeaseDurationSeconds = (int)Duration.TotalSeconds,
                AcquireTime = held ? current!.Spec.AcquireTime : now,
                RenewTime = now,
                LeaseTransitions = (current?.Spec.LeaseTransitions ?? 0) + (held || current is null ? 0 : 1),
            },
        };
    }

    /// <summary>Gives the lease back at once, so that the next leader need not wait for it to run out.</summary>
    private async Task ReleaseAsync()
    {
        using var deadline = new CancellationTokenSource(RetryPeriod, time);
        try
        {
            if (await leases.GetAsync(lease, deadline.Token) is ApiResult<Lease>.Ok { Value: var current } && current.Spec.HolderIdentity == identity)
            {
                current.Spec.HolderIdentity = null;
                current.Spec.LeaseDurationSeconds = 1;
                await leases.ReplaceAsync(current, cancellation: deadline.Token);
            }
        }
        catch (Exception failure) when (failure is ApiUnavailableException or OperationCanceledException)
        {
            AttemptFailed(identity, failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "{identity} leads")]
    private partial void Elected(string identity);

    [LoggerMessage(LogLevel.Error, "{identity} could not renew its lease in time and stops leading")]
    private partial void Lost(string identity);

    [LoggerMessage(LogLevel.Warning, "{identity}: lease: {failure}")]
    private partial void AttemptFailed(string identity, string failure);
}
