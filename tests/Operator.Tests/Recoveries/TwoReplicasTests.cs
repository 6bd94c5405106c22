using System.Net;
using k8s;
using k8s.Models;
using Operator.DevCluster.Server;

namespace Operator.Tests.Recoveries;

/// <summary>Two operator processes that compete for one lease, of which the leader dies, or sleeps past its time.</summary>
public sealed class TwoReplicasTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("operator-replicas-").FullName;
    private readonly List<Replica> replicas = [];
    private TestCluster cluster = null!;

    public async ValueTask InitializeAsync() => cluster = await TestCluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in replicas)
            replica.Dispose();
        await cluster.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("trusted-template")]
    [InlineData("poisoned-tag")]
    public async Task When_the_leader_is_killed_in_the_middle_of_a_recovery_the_other_finishes_it(string scenario)
    {
        var expected = await AloneAsync(scenario);
        await StartTwoAsync();
        var leader = await LeaderAsync();
        TaskCompletionSource<long> killed = new();
        cluster.Api.Faults.After = request =>
        {
            if (killed.Task.IsCompleted || !IsTheMiddle(request))
                return ValueTask.FromResult<Fault?>(null);
            leader.Process.Kill();
            killed.SetResult(TimeProvider.System.GetTimestamp());
            return ValueTask.FromResult<Fault?>(new Fault.Drop());
        };

        await CrashScenario.Of(scenario).BeginAsync(cluster, "shop", () => Task.CompletedTask);
        await Waiting.UntilAsync(() => Task.FromResult(killed.Task.IsCompleted), "the leader is killed");

        await EndedAsync("shop", expected);
        TestContext.Current.TestOutputHelper?.WriteLine($"finished {TimeProvider.System.GetElapsedTime(await killed.Task).TotalSeconds:F1} s after the kill");
        (await AcceptsAsync(Other(leader))).Should().Be(HttpStatusCode.Accepted);
    }

    [Theory]
    [InlineData("trusted-template")]
    [InlineData("poisoned-tag")]
    public async Task A_leader_that_slept_past_its_lease_does_nothing_twice_when_it_wakes(string scenario)
    {
        var expected = await AloneAsync(scenario);
        await StartTwoAsync();
        var leader = await LeaderAsync();
        TaskCompletionSource asleep = new(TaskCreationOptions.RunContinuationsAsynchronously), awake = new(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Api.Faults.Before = async request =>
        {
            // Its deletion is on its way when it falls asleep, and arrives when everything is over.
            if (!asleep.Task.IsCompleted && request is { Verb: "delete", Resource: "pods" } && TestCluster.IsOperatorWrite(request))
            {
                leader.Process.Suspend();
                asleep.SetResult();
                await awake.Task;
            }
            return null;
        };

        await CrashScenario.Of(scenario).BeginAsync(cluster, "shop", () => Task.CompletedTask);
        await Waiting.UntilAsync(() => Task.FromResult(asleep.Task.IsCompleted), "the leader is asleep");
        await EndedAsync("shop", expected);
        (await HolderAsync()).Should().Be(Other(leader).Process.Identity);
        var pods = (await cluster.PodsAsync("shop")).Select(p => p.Uid()).ToList();

        leader.Process.Resume();
        awake.SetResult();
        await Waiting.UntilAsync(() => Task.FromResult(leader.Process.HasExited), "who lost its lease is gone");

        (await EndState.OfAsync(cluster, "shop")).Should().Be(expected);
        (await cluster.PodsAsync("shop")).Select(p => p.Uid()).Should().Equal(pods, "whoever woke late removed no innocent pod");
    }

    [Fact]
    public async Task The_receivers_of_both_take_findings()
    {
        await StartTwoAsync();

        foreach (var replica in replicas)
            (await AcceptsAsync(replica)).Should().Be(HttpStatusCode.Accepted);
    }

    /// <summary>The pod's removal, or what comes just before it: something has been done, and something is left to do.</summary>
    private static bool IsTheMiddle(ApiRequest request) =>
        TestCluster.IsOperatorWrite(request) && request is { Namespace: "shop", ResponseCode: < 400 } and ({ Verb: "delete", Resource: "pods" } or { Resource: "replicasets" });

    /// <summary>How it ends with one operator that nothing happens to.</summary>
    private async Task<string> AloneAsync(string scenario)
    {
        await using var alone = await OperatorInProcess.StartAsync(cluster);
        await CrashScenario.Of(scenario).BeginAsync(cluster, "alone", () => Task.CompletedTask);
        await Waiting.UntilAsync(
            async () => await cluster.RecoveriesAsync("alone") is [{ Status.Outcome: not null }] && !(await EndState.OfAsync(cluster, "alone")).Contains("networkpolicies 1", StringComparison.Ordinal),
            "the recovery ended and its quarantine is lifted");
        return await EndState.OfAsync(cluster, "alone");
    }

    private Task EndedAsync(string ns, string expected) => Waiting.UntilAsync(async () => await EndState.OfAsync(cluster, ns) == expected, "the end is that of a run without mishap");

    private async Task StartTwoAsync()
    {
        await cluster.ApplyAsync($$"""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: FindingSource
            metadata: {name: falco}
            spec: {type: Falco, authentication: {tokenSHA256: [{hash: {{TestCluster.Digest("token")["sha256:".Length..]}} }]}, namespaces: ["*"], maximumSeverity: Critical}
            """);
        for (var i = 0; i < 2; i++)
            replicas.Add(Replica.Start(cluster, folder));
        foreach (var replica in replicas)
            await Waiting.UntilAsync(replica.IsReadyAsync, "both are ready");
    }

    private async Task<Replica> LeaderAsync()
    {
        Replica? leader = null;
        await Waiting.UntilAsync(async () => await HolderAsync() is var holder && (leader = replicas.Find(r => r.Process.Identity == holder)) is not null, "one of them leads");
        return leader!;
    }

    private async Task<string?> HolderAsync() =>
        (await cluster.Client.ListNamespacedLeaseAsync(TestCluster.OperatorNamespace)).Items.SingleOrDefault()?.Spec.HolderIdentity;

    private Replica Other(Replica leader) => replicas.Single(r => r != leader);

    /// <summary>An alert about no pod in particular.</summary>
    private static Task<HttpStatusCode> AcceptsAsync(Replica replica) => replica.PostAsync(
        $$"""{"rule": "Terminal shell in container", "priority": "Critical", "time": "{{TimeProvider.System.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}}", "output_fields": {"k8s.ns.name": "elsewhere", "k8s.pod.name": "{{replica.Process.Identity.ToLowerInvariant()}}"} }""");

    private sealed class Replica : IDisposable
    {
        private readonly HttpClient http;

        private Replica(OperatorProcess process, string address)
        {
            Process = process;
            http = new() { BaseAddress = new(address) };
            http.DefaultRequestHeaders.Authorization = new("Bearer", "token");
        }

        public OperatorProcess Process { get; }

        public static Replica Start(TestCluster cluster, string folder)
        {
            var address = $"http://127.0.0.1:{FreePort.Take()}";
            return new(OperatorProcess.Start(cluster, folder, address, leaderElection: true), address);
        }

        public async Task<bool> IsReadyAsync()
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("/readyz", UriKind.Relative));
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }

        public async Task<HttpStatusCode> PostAsync(string alert)
        {
            using var content = new StringContent(alert, System.Text.Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(new Uri("/v1/findings/falco", UriKind.Relative), content);
            return answer.StatusCode;
        }

        public void Dispose()
        {
            http.Dispose();
            Process.Dispose();
        }
    }
}
