using Microsoft.Extensions.Time.Testing;
using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;
using Operator.Runtime;

namespace Operator.Tests.Lifetime;

/// <summary>Records on the cluster, and an operator with a clock of its own: what it deletes depends on that clock alone.</summary>
public abstract class LifetimeTest : ShopTest
{
    /// <summary>The operator's clock. It begins with the time of the cluster and runs only where a test lets it.</summary>
    private protected FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    private protected OldRecords Old { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Old = new(Cluster, Time);
    }

    internal Task<OperatorInProcess> StartAsync(OperatorOptions? options = null) => StartOperatorAsync(options, Time);

    /// <summary>Starts an operator that dies before or after its first request of this kind: nothing that it sends later reaches the server.</summary>
    private protected async Task DieAsync(Func<ApiRequest, bool> request, bool before)
    {
        TaskCompletionSource dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ValueTask<Fault?> Die(ApiRequest sent, bool now)
        {
            if (now && TestCluster.IsOperator(sent) && request(sent))
                dead.TrySetResult();
            return ValueTask.FromResult<Fault?>(dead.Task.IsCompleted && TestCluster.IsOperator(sent) ? new Fault.Drop() : null);
        }
        Cluster.Api.Faults.Before = r => Die(r, before);
        Cluster.Api.Faults.After = r => Die(r, !before);
        var running = await StartAsync();
        await dead.Task.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);
        await StopAsync(running);
        (Cluster.Api.Faults.Before, Cluster.Api.Faults.After) = (null, null);
    }

    /// <summary>Of all records that have had their time the youngest: once it is gone, each of the others has had its turn.</summary>
    protected async Task OthersHadTheirTurnAsync(Func<Task>? start = null)
    {
        var last = await Old.FindingAsync("last", days: 7.1);
        await (start?.Invoke() ?? StartAsync());
        await GoneAsync(last);
    }

    private protected async Task<bool> IsThereAsync(SecurityFinding finding) =>
        await Cluster.Findings.GetAsync(ObjectKey.Of(finding.Metadata)) is ApiResult<SecurityFinding>.Ok { Value: var found } && found.Metadata.Uid == finding.Metadata.Uid;

    private protected async Task<bool> IsThereAsync(Recovery recovery) => await Cluster.Recoveries.GetAsync(ObjectKey.Of(recovery.Metadata)) is ApiResult<Recovery>.Ok;

    private protected async Task<bool> IsThereAsync(ObjectKey evidence) =>
        (await k8s.CoreV1OperationsExtensions.ListNamespacedConfigMapAsync(Cluster.Client, evidence.Namespace)).Items.Any(m => m.Metadata.Name == evidence.Name);

    private protected Task GoneAsync(SecurityFinding finding) => Waiting.UntilAsync(async () => !await IsThereAsync(finding), $"finding {finding.Metadata.Name} is gone");

    private protected Task GoneAsync(Recovery recovery) => Waiting.UntilAsync(async () => !await IsThereAsync(recovery), $"recovery {recovery.Metadata.Name} is gone");

    private protected async Task GoneAsync(OldRecord record)
    {
        await GoneAsync(record.Recovery);
        await GoneAsync(record.Finding);
        (await IsThereAsync(record.Evidence)).Should().BeFalse("evidence goes before its record");
    }

    /// <summary>The operator looks every ten minutes. Each look gets the time that it needs before its clock moves on.</summary>
    protected async Task InALaterPassAsync(Func<Task<bool>> condition, string what)
    {
        var looks = 0;
        await Waiting.UntilAsync(
            async () =>
            {
                if (await condition())
                    return true;
                if (++looks % 50 == 0)
                    Time.Advance(TimeSpan.FromMinutes(11));
                return false;
            },
            what);
    }
}
