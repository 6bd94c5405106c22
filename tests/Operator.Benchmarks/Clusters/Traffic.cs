using Operator.DevCluster;
using Operator.DevCluster.Server;

namespace Operator.Benchmarks.Clusters;

/// <summary>A request of the operator, and when its outcome stood.</summary>
internal sealed record Seen(long At, ApiRequest Request);

/// <summary>What the operator asks of the API server, as the API server's side sees it.</summary>
internal sealed class Traffic
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private readonly List<Seen> finished = [];
    private readonly List<(Func<ApiRequest, bool> What, TaskCompletionSource<Seen> Found)> awaited = [];

    public Traffic(KubernetesCluster cluster)
    {
        cluster.Requests.Finished += See;
        cluster.Faults.Before = request =>
        {
            if (IsOperator(request))
                Arrived?.Invoke(request, TimeProvider.System.GetTimestamp());
            return ValueTask.FromResult(IsOperator(request) ? Fail(request) : null);
        };
    }

    /// <summary>How a request of the operator fails; null lets it pass.</summary>
    public Func<ApiRequest, Fault?> Fail { get; set; } = _ => null;

    /// <summary>A request of the operator came in.</summary>
    public event Action<ApiRequest, long>? Arrived;

    public IReadOnlyList<Seen> Finished
    {
        get
        {
            lock (gate)
                return [.. finished];
        }
    }

    /// <summary>Changes that the operator made, Events, its lease and questions about its rights apart.</summary>
    public IReadOnlyList<Seen> Writes => [.. Finished.Where(s => IsWrite(s.Request))];

    public static bool IsWrite(ApiRequest request) =>
        request is { IsWrite: true, ResponseCode: < 400, Resource: not ("events" or "leases" or "selfsubjectaccessreviews") };

    /// <summary>The one patch that isolates a pod.</summary>
    public static bool IsContainment(ApiRequest request) => request is { Verb: "patch", Resource: "pods", Subresource: "", ResponseCode: < 300 };

    public void Clear()
    {
        lock (gate)
            finished.Clear();
    }

    /// <summary>The next request that is as asked, from now on.</summary>
    public async Task<Seen> NextAsync(Func<ApiRequest, bool> what, string named, TimeSpan? longest = null)
    {
        TaskCompletionSource<Seen> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
            awaited.Add((what, found));
        try
        {
            return await found.Task.WaitAsync(longest ?? Waiting.Patience, TimeProvider.System);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"The operator never made this call: {named}.", late);
        }
    }

    /// <summary>Waits until the operator has changed nothing for a while.</summary>
    public async Task RestAsync(TimeSpan? longEnough = null)
    {
        var since = TimeProvider.System.GetTimestamp();
        await Waiting.UntilAsync(
            () => Task.FromResult(TimeProvider.System.GetElapsedTime(Writes is [.., var last] ? Math.Max(last.At, since) : since) > (longEnough ?? Rest)),
            "the operator rests",
            TimeSpan.FromMinutes(4));
    }

    private static bool IsOperator(ApiRequest request) => request.UserAgent.StartsWith(OperatorOptions.FieldManager, StringComparison.Ordinal);

    private void See(ApiRequest request)
    {
        if (!IsOperator(request))
            return;
        Seen seen = new(TimeProvider.System.GetTimestamp(), request);
        lock (gate)
        {
            finished.Add(seen);
            for (var i = awaited.Count - 1; i >= 0; i--)
            {
                if (!awaited[i].What(request))
                    continue;
                awaited[i].Found.TrySetResult(seen);
                awaited.RemoveAt(i);
            }
        }
    }
}
