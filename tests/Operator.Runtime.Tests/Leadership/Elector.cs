using Microsoft.Extensions.Logging.Abstractions;
using Operator.DevCluster;

namespace Operator.Runtime.Tests.Leadership;

/// <summary>One replica that stands for election, on a clock of its own.</summary>
internal sealed class Elector : IAsyncDisposable
{
    public static readonly ObjectKey Lease = new(Map.Namespace, "operator");

    private readonly CancellationTokenSource stop = new();
    private readonly KubernetesConnection connection;
    private volatile bool hanging;

    private Elector(KubernetesCluster cluster, string name, Func<CancellationToken, Task>? lead)
    {
        Name = name;
        connection = new(cluster.ClientConfiguration(name), name, Transport);
        Leases = new(connection, new("coordination.k8s.io", "v1", "leases", true, ResourceJson.Trimmed<Lease>(LeaseJson.Default)));
        var election = new LeaseElection(connection, Lease, name, Time, NullLogger<LeaseElection>.Instance);
        Running = election.RunAsync(lead ?? LeadAsync, stop.Token);
    }

    public string Name { get; }

    public Transport Transport { get; } = new();

    public RecordedTime Time { get; } = new();

    public ResourceApi<Lease> Leases { get; }

    public Task Running { get; }

    public bool Leads { get; private set; }

    /// <summary>How long after its start it was elected, and how long until it had to stop, by its own clock.</summary>
    public TimeSpan? Elected { get; private set; }

    public TimeSpan? Ended { get; private set; }

    public static Elector Start(KubernetesCluster cluster, string name, Func<CancellationToken, Task>? lead = null) => new(cluster, name, lead);

    public async Task<string?> HolderAsync() => (await Leases.GetAsync(Lease, TestContext.Current.CancellationToken)).Required().Spec.HolderIdentity;

    /// <summary>Nothing happens until its time goes on: it waits to look again, hangs because a test wants it, or is over.</summary>
    public bool IsAtRest => Running.IsCompleted
        || Time.IsWaitedFor(LeaseElection.RetryPeriod)
        || (hanging && Time.IsWorkedAgainst(LeaseElection.RenewDeadline));

    /// <summary>Marks a request that a test holds.</summary>
    public async Task HangAsync(Task held)
    {
        hanging = true;
        try
        {
            await held;
        }
        finally
        {
            hanging = false;
        }
    }

    public Task LeadsAsync() => Waiting.UntilAsync(() => Task.FromResult(Leads), $"{Name} leads");

    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Running.WaitAsync(Waiting.Patience, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Running.IsCompleted.Should().BeTrue();
    }

    public async ValueTask DisposeAsync()
    {
        Transport.Answer = (_, _) => Task.FromResult<HttpResponseMessage?>(null);
        await StopAsync();
        stop.Dispose();
        connection.Dispose();
    }

    private async Task LeadAsync(CancellationToken cancellation)
    {
        Elected = Time.Elapsed;
        Leads = true;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, Time, cancellation);
        }
        catch (OperationCanceledException)
        {
            Ended = Time.Elapsed;
        }
        finally
        {
            Leads = false;
        }
    }
}
