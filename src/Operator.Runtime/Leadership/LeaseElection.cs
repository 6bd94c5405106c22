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

    /// <summary>For so long work that was cancelled may take to end: until somebody else may lead.</summary>
    private static readonly TimeSpan StopDeadline = Duration - RenewDeadline;

    /// <summary>
    /// Waits to be elected, runs <paramref name="lead"/> with a token that is cancelled when leadership is lost, and releases the lease at the end.
    /// Returns once lead has ended: after losing, the process is expected to exit rather than to lead again.
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken stop)
    {
        var works = false;
        try
        {
            var renewedAt = await AcquireAsync(stop);
            Elected(identity);
            works = !await LeadAsync(lead, renewedAt, stop);
        }
        finally
        {
            // Work that goes on in spite of all is left to the end of the process, and its lease to run out.
            if (!works)
                await ReleaseAsync();
        }
    }

    /// <summary>Returns when the lease was asked for: from then on, not from the answer, others may count.</summary>
    private async Task<long> AcquireAsync(CancellationToken stop)
    {
        while (true)
        {
            var askedAt = time.GetTimestamp();
            if (await WithinAsync(RenewDeadline, TryAcquireAsync, stop) && time.GetElapsedTime(askedAt) < RenewDeadline)
                return askedAt;
            await Task.Delay(RetryPeriod, time, stop);
        }
    }

    /// <summary>False if the work did not end although it was cancelled.</summary>
    private async Task<bool> LeadAsync(Func<CancellationToken, Task> lead, long renewedAt, CancellationToken stop)
    {
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var work = Task.Run(() => lead(leading.Token), CancellationToken.None);
        var renewal = RenewAsync(renewedAt, leading.Token);
        await Task.WhenAny(work, renewal);
        await leading.CancelAsync();
        var both = Task.WhenAll(work, renewal);
        try
        {
            await both.WaitAsync(StopDeadline, time, CancellationToken.None);
            return true;
        }
        catch (OperationCanceledException) when (work.IsCanceled)
        {
            return true;
        }
        catch (TimeoutException) when (!both.IsCompleted)
        {
            StillWorks(identity);
            return false;
        }
    }

    /// <summary>Ends when the lease is lost, or cancelled.</summary>
    private async Task RenewAsync(long renewedAt, CancellationToken leading)
    {
        try
        {
            while (Left(renewedAt) is var left && left > TimeSpan.Zero)
            {
                await Task.Delay(left < RetryPeriod ? left : RetryPeriod, time, leading);
                // A process that slept past its deadline must not come back as if nothing had been.
                left = Left(renewedAt);
                if (left <= TimeSpan.Zero)
                    break;
                var askedAt = time.GetTimestamp();
                var renewal = await WithinAsync(left, TryRenewAsync, leading);
                if (renewal is Renewal.Renewed)
                    renewedAt = askedAt;
                if (renewal is Renewal.Refused)
                    break;
            }
            Lost(identity);
        }
        catch (OperationCanceledException) when (leading.IsCancellationRequested)
        {
            // Stopping, or the work has ended.
        }
    }

    private TimeSpan Left(long renewedAt) => RenewDeadline - time.GetElapsedTime(renewedAt);

    /// <summary>An attempt that fails or hangs is none.</summary>
    private async Task<TResult> WithinAsync<TResult>(TimeSpan limit, Func<CancellationToken, Task<TResult>> attempt, CancellationToken cancellation)
        where TResult : struct
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            return await attempt(either.Token);
        }
        catch (ApiUnavailableException failure)
        {
            AttemptFailed(identity, failure.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            AttemptFailed(identity, "no answer in time");
        }
        return default;
    }

    private enum Renewal
    {
        /// <summary>Nothing is known; the deadline decides.</summary>
        Unknown,
        Renewed,

        /// <summary>The lease is another's, or nobody's: somebody else led since or may lead now, so it is never taken again.</summary>
        Refused,
    }

    private async Task<Renewal> TryRenewAsync(CancellationToken cancellation) => await leases.GetAsync(lease, cancellation) switch
    {
        ApiResult<Lease>.NotFound => Renewal.Refused,
        ApiResult<Lease>.Ok { Value: var current } when current.Spec.HolderIdentity != identity => Renewal.Refused,
        ApiResult<Lease>.Ok { Value: var current } =>
            await leases.ReplaceAsync(Ours(current), cancellation: cancellation) is ApiResult<Lease>.Ok ? Renewal.Renewed : Renewal.Unknown,
        _ => Renewal.Unknown,
    };

    private async Task<bool> TryAcquireAsync(CancellationToken cancellation) => await leases.GetAsync(lease, cancellation) switch
    {
        ApiResult<Lease>.NotFound => Taken(await leases.CreateAsync(Ours(null), cancellation)),
        ApiResult<Lease>.Ok { Value: var current } => MayTake(current) && Taken(await leases.ReplaceAsync(Ours(current), cancellation: cancellation)),
        var refused => Taken(refused),
    };

    /// <summary>Somebody who was faster is expected; anything else would keep this process waiting without a word.</summary>
    private bool Taken(ApiResult<Lease> result)
    {
        if (result is not (ApiResult<Lease>.Ok or ApiResult<Lease>.Conflict or ApiResult<Lease>.AlreadyExists))
            AttemptFailed(identity, result is ApiResult<Lease>.NotFound ? $"namespace {lease.Namespace} does not exist" : result.ToString());
        return result is ApiResult<Lease>.Ok;
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

    [LoggerMessage(LogLevel.Error, "{identity} has lost its lease, or could not renew it in time, and stops leading")]
    private partial void Lost(string identity);

    [LoggerMessage(LogLevel.Error, "{identity}: work that was cancelled has not ended; the process must")]
    private partial void StillWorks(string identity);

    [LoggerMessage(LogLevel.Warning, "{identity}: lease: {failure}")]
    private partial void AttemptFailed(string identity, string failure);
}
