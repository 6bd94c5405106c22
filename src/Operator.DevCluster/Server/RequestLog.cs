namespace Operator.DevCluster.Server;

/// <summary>The audit log: the newest finished requests, in the order in which they finished.</summary>
public sealed class RequestLog
{
    private const int Capacity = 100_000;

    private readonly Lock gate = new();
    private readonly Queue<ApiRequest> finished = [];
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

    /// <summary>The successful changes.</summary>
    public IReadOnlyList<ApiRequest> Writes => [.. All.Where(r => r is { IsWrite: true, ResponseCode: < 400 })];

    public void Clear()
    {
        lock (gate)
            finished.Clear();
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
        }
    }
}
