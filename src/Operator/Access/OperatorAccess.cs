using System.Collections.Concurrent;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Access;

/// <summary>
/// Which of the roles that a user may leave out this operator has. It asks at its start, again whenever it was refused something, and
/// every minute (more often at first) while one is missing, so that a role which is granted later is used without a restart.
/// </summary>
internal sealed partial class OperatorAccess(KubernetesConnection connection, TimeProvider time, ILogger<OperatorAccess> logger)
{
    private static readonly TimeSpan Recheck = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly ResourceApi<AccessReview> reviews = new(connection, Kinds.AccessReviews);
    private readonly ConcurrentDictionary<OptionalRole, bool> everywhere = new();
    private readonly ConcurrentDictionary<(OptionalRole Role, string Namespace), (bool Allowed, long At)> within = new();
    private readonly TaskCompletionSource known = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A role was found to be granted, or to be missing.</summary>
    public event Action? Changed;

    /// <summary>Completes once everything has been asked for the first time.</summary>
    public Task Known => known.Task;

    /// <summary>Whether a role is granted in the whole cluster.</summary>
    public bool Has(OptionalRole role) => everywhere.GetValueOrDefault(role);

    /// <summary>Keeps asking while a role is missing. Whoever is refused asks as well.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        for (var pause = FirstPause; !cancellation.IsCancellationRequested; pause = pause * 2 < Recheck ? pause * 2 : Recheck)
        {
            if (await AskAllAsync(cancellation))
                known.TrySetResult();
            await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Whether a role is granted in the whole cluster, or at least in this namespace, by a RoleBinding of it.</summary>
    public async Task<bool> AllowsAsync(OptionalRole role, string ns, CancellationToken cancellation)
    {
        if (Has(role))
            return true;
        if (within.TryGetValue((role, ns), out var answer) && time.GetElapsedTime(answer.At) < Recheck)
            return answer.Allowed;
        var allowed = await AskAsync(role, ns, cancellation);
        within[(role, ns)] = (allowed, time.GetTimestamp());
        return allowed;
    }

    /// <summary>Asks anew after a refusal: was it the role, or something else that an admission policy or a quota refused?</summary>
    public async Task<bool> StillAllowsAsync(OptionalRole role, string ns, CancellationToken cancellation)
    {
        Learn(role, await AskAsync(role, null, cancellation));
        within.TryRemove((role, ns), out _);
        return await AllowsAsync(role, ns, cancellation);
    }

    /// <summary>What is granted is not asked for again: its loss shows in a refusal.</summary>
    private async Task<bool> AskAllAsync(CancellationToken cancellation)
    {
        try
        {
            var missing = OptionalRole.All.Where(r => !Has(r)).ToList();
            var answers = await Task.WhenAll(missing.Select(r => AskAsync(r, null, cancellation)));
            foreach (var (role, allowed) in missing.Zip(answers))
                Learn(role, allowed);
            return true;
        }
        catch (ApiUnavailableException failure)
        {
            NotAsked(failure.Message);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopping.
        }
        return false;
    }

    private async Task<bool> AskAsync(OptionalRole role, string? ns, CancellationToken cancellation)
    {
        var answers = await Task.WhenAll(role.Needs.Select(need => AskAsync(need, ns, cancellation)));
        return answers.All(allowed => allowed);
    }

    /// <summary>Whoever may not even ask is taken at the API server's word when it comes to it.</summary>
    private async Task<bool> AskAsync(AccessQuestion need, string? ns, CancellationToken cancellation) =>
        await reviews.CreateAsync(new() { Spec = new(new(need.Group, need.Resource, need.Subresource, need.Verb, ns, need.Name)) }, cancellation) switch
        {
            ApiResult<AccessReview>.Forbidden => true,
            var answered => answered.Required().Status is { Allowed: true },
        };

    private void Learn(OptionalRole role, bool allowed)
    {
        var before = everywhere.TryGetValue(role, out var known) ? known : (bool?)null;
        everywhere[role] = allowed;
        if (before == allowed)
            return;
        if (allowed)
            Granted(role.Name);
        else
            Missing(role.Name, role.Without);
        Changed?.Invoke();
    }

    [LoggerMessage(LogLevel.Information, "ClusterRole {role} is granted")]
    private partial void Granted(string role);

    [LoggerMessage(LogLevel.Warning, "ClusterRole {role} is not granted in the whole cluster: {without}")]
    private partial void Missing(string role, string without);

    [LoggerMessage(LogLevel.Warning, "asking what is granted: {failure}; trying again")]
    private partial void NotAsked(string failure);
}
