using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;

namespace Operator.Tests.Recoveries;

/// <summary>The operator dies around every single write of a recovery, and the end is that of a run in which it did not.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("operator-crash-").FullName;
    private TestCluster cluster = null!;

    public static TheoryData<string> Scenarios => CrashScenario.Names;

    public async ValueTask InitializeAsync() => cluster = await TestCluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Killed_after_any_write_and_started_again_it_ends_as_if_nothing_had_happened(string name)
    {
        var expected = await UninterruptedAsync(name);
        var writes = 0;
        for (var crashAfter = 1; ; crashAfter++)
        {
            var ns = $"{name}-killed-{crashAfter}";
            OperatorProcess? process = null;
            var written = 0;
            var killed = new TaskCompletionSource();
            cluster.Api.Faults.After = request =>
            {
                if (!Concerns(request) || request.ResponseCode >= 400 || Interlocked.Increment(ref written) != crashAfter)
                    return ValueTask.FromResult<Fault?>(null);
                process!.Kill();
                killed.SetResult();
                return ValueTask.FromResult<Fault?>(new Fault.Drop());
            };
            await CrashScenario.Of(name).BeginAsync(cluster, ns, () =>
            {
                process = OperatorProcess.Start(cluster, folder);
                return Task.CompletedTask;
            });
            await Task.WhenAny(killed.Task, ReachedAsync(ns, expected));
            if (killed.Task.IsCompleted)
            {
                process!.Dispose();
                process = OperatorProcess.Start(cluster, folder);
            }
            await ShouldEndAsync(ns, expected, $"it was killed after write {crashAfter}");
            process!.Dispose();
            cluster.Api.Faults.After = null;
            if (!killed.Task.IsCompleted)
                break;
            writes = crashAfter;
        }
        writes.Should().BeGreaterThan(5, "the recovery consists of that many writes at least");
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Dead_before_any_write_and_started_again_it_ends_as_if_nothing_had_happened(string name)
    {
        var expected = await UninterruptedAsync(name);
        for (var crashBefore = 1; ; crashBefore++)
        {
            var ns = $"{name}-dead-{crashBefore}";
            OperatorInProcess? running = null;
            var wanted = 0;
            var dead = new TaskCompletionSource();
            cluster.Api.Faults.Before = request =>
            {
                var ofOperator = request.UserAgent.StartsWith(OperatorOptions.FieldManager, StringComparison.Ordinal);
                if (ofOperator && !dead.Task.IsCompleted && Concerns(request) && Interlocked.Increment(ref wanted) == crashBefore)
                    dead.SetResult();
                // Once it is dead nothing of it reaches the server.
                return ValueTask.FromResult<Fault?>(ofOperator && dead.Task.IsCompleted ? new Fault.Drop() : null);
            };
            await CrashScenario.Of(name).BeginAsync(cluster, ns, async () => running = await OperatorInProcess.StartAsync(cluster));
            await Task.WhenAny(dead.Task, ReachedAsync(ns, expected));
            if (dead.Task.IsCompleted)
            {
                await running!.DisposeAsync();
                cluster.Api.Faults.Before = null;
                running = await OperatorInProcess.StartAsync(cluster);
            }
            await ShouldEndAsync(ns, expected, $"it died before write {crashBefore}");
            await running!.DisposeAsync();
            cluster.Api.Faults.Before = null;
            if (!dead.Task.IsCompleted)
                break;
        }
    }

    /// <summary>A write of a recovery: on what the operator keeps of policies and images in their status nothing depends.</summary>
    private static bool Concerns(ApiRequest request) =>
        TestCluster.IsOperatorWrite(request) && request.Resource is not ("recoverypolicies" or "clusterrecoverypolicies" or "trustedimages" or "findingsources");

    private async Task<string> UninterruptedAsync(string name)
    {
        var ns = $"{name}-uninterrupted";
        OperatorInProcess? running = null;
        await CrashScenario.Of(name).BeginAsync(cluster, ns, async () => running = await OperatorInProcess.StartAsync(cluster));
        await EndedAsync(ns);
        // The sweeper comes after the end.
        await Waiting.UntilAsync(
            async () => await EndState.OfAsync(cluster, ns) is var state
                && (name == "retained-original" || !state.Contains("networkpolicies 1", StringComparison.Ordinal))
                && !state.Contains(WellKnown.CordonedByAnnotation, StringComparison.Ordinal),
            "the quarantine and the cordon are lifted");
        await running!.DisposeAsync();
        return await EndState.OfAsync(cluster, ns);
    }

    private Task EndedAsync(string ns) => Waiting.UntilAsync(
        async () => await cluster.RecoveriesAsync(ns) is { Count: > 0 } recoveries && recoveries.All(r => r.Status?.Outcome is not null),
        $"the recovery in {ns} ended");

    private async Task ShouldEndAsync(string ns, string expected, string because) =>
        (await ReachedAsync(ns, expected)).Should().Be(expected, because);

    /// <summary>The expected end state, or the last one that was seen in good time.</summary>
    private async Task<string> ReachedAsync(string ns, string expected)
    {
        var state = "";
        try
        {
            await Waiting.UntilAsync(async () => (state = await EndState.OfAsync(cluster, ns)) == expected, "the end state is the expected one");
        }
        catch (TimeoutException)
        {
            // The caller compares what was seen, which says more.
        }
        return state;
    }
}
