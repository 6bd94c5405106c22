namespace Operator.DevCluster.Server;

/// <summary>The audit log: the newest finished requests, in the order in which they finished.</summary>
public sealed class RequestLog
{
    private const int Capacity = 100_000;

    private readonly Lock gate = new();
    private readonly Queue<ApiRequest> finished = [];
    private readonly Dictionary<ApiRequest, TaskCompletionSource> underWay = [];
    private long sequence;

    /// <summary>Called for every request that finished, before the next one can; must be quick.</summary>
    public event Action<ApiRequest>? Finished;

    public IReadOnlyList<ApiRequest> All
    {
        get
        {
            lock (gate)
                return [.. finished];
        }
    }

    /// <summary>
    /// The successful changes, in the order in which they arrived. What a change has done is seen a moment before its request is logged:
    /// those under way are waited for, but not those that a fault holds up.
    /// </summary>
    public async Task<IReadOnlyList<ApiRequest>> WritesAsync()
    {
        Task[] begun;
        lock (gate)
            begun = [.. underWay.Values.Select(u => u.Task)];
        await Task.WhenAll(begun);
        return [.. All.Where(r => r is { IsWrite: true, ResponseCode: < 400 }).OrderBy(r => r.Timestamp)];
    }

    public void Clear()
    {
        lock (gate)
            finished.Clear();
    }

    /// <summary>From now on the request may change something.</summary>
    internal void Begin(ApiRequest request)
    {
        if (!request.IsWrite)
            return;
        lock (gate)
            underWay.Add(request, new(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>The request changes nothing any more, whether it was logged or its client went away.</summary>
    internal void End(ApiRequest request)
    {
        lock (gate)
        {
            if (underWay.Remove(request, out var end))
                end.SetResult();
        }
    }

    internal void Add(ApiRequest request)
    {
        lock (gate)
        {
            request.Sequence = ++sequence;
            finished.Enqueue(request);
            if (finished.Count > Capacity)
                finished.Dequeue();
            Finished?.Invoke(request);
            End(request);
        }
    }
}
