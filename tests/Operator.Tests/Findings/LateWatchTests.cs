using k8s;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Operator.Api.V1Alpha1;

namespace Operator.Tests.Findings;

/// <summary>A finding can be faster than the watch that brings its pod, by any time: it is not lost.</summary>
public sealed class LateWatchTests : ShopTest
{
    private readonly LateWatch watch = new("pods");
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private int findings;

    [Fact]
    public async Task A_container_that_has_just_restarted_is_waited_for_while_the_watch_is_late()
    {
        var (_, restarted) = await RestartedAsync();

        var name = await FindAsync(new() { Namespace = Shop, Pod = "db-0", ContainerId = restarted });
        await LookedAtAsync(name);
        watch.Release();
        await PatienceEndsAsync(name);

        (await DecidedAsync(name)).Should().Be((FindingState.Matched, "Matched"));
        (await Cluster.OperatorWritesAsync()).Where(r => r.Resource == "securityfindings" && r.Name == name).Should().ContainSingle("it was never given up");
    }

    [Fact]
    public async Task A_container_that_was_given_up_is_looked_at_again_when_its_pod_changes()
    {
        var (pod, restarted) = await RestartedAsync();
        var name = await FindAsync(new() { ContainerId = restarted });
        await PatienceEndsAsync(name);
        (await DecidedAsync(name)).Should().Be((FindingState.Unresolved, "PodNotFound"));

        watch.Release();

        await MatchedAsync(name);
        (await Cluster.RecoveriesAsync(Shop)).Should().ContainSingle().Which.Spec.Target.Uid.Should().Be(pod.Uid());
    }

    [Fact]
    public async Task A_restarted_container_is_read_live_before_its_finding_is_given_up()
    {
        var (_, restarted) = await RestartedAsync();
        var name = await FindAsync(new() { Namespace = Shop, Pod = "db-0", ContainerId = restarted });

        await PatienceEndsAsync(name);

        (await DecidedAsync(name)).Should().Be((FindingState.Matched, "Matched"));
    }

    [Fact]
    public async Task A_pod_that_the_watch_never_brings_is_read_live_before_its_finding_is_given_up()
    {
        await StartAsync();
        watch.Hold();
        var pod = await BarePodAsync("db-0");
        var name = await FindAsync(new() { Namespace = Shop, Pod = "db-0", PodUid = pod.Uid() });

        await PatienceEndsAsync(name);

        (await DecidedAsync(name)).Should().Be((FindingState.Matched, "Matched"));
        (await Cluster.RecoveriesAsync(Shop)).Should().ContainSingle().Which.Spec.Target.Uid.Should().Be(pod.Uid());
    }

    [Fact]
    public async Task A_UID_that_was_given_up_is_resolved_when_its_pod_appears()
    {
        await StartAsync();
        watch.Hold();
        var pod = await BarePodAsync("db-0");
        var name = await FindAsync(new() { PodUid = pod.Uid() });
        await PatienceEndsAsync(name);
        (await DecidedAsync(name)).Should().Be((FindingState.Unresolved, "PodNotFound"));

        watch.Release();

        await MatchedAsync(name);
    }

    private async Task StartAsync()
    {
        await Cluster.SourceAsync(ReceiverToken);
        await Cluster.PolicyAsync(Shop, "mode: Observe");
        await (await StartOperatorAsync(null, time, watch)).ReadyAsync();
    }

    private const string ReceiverToken = "correct-horse-battery-staple";

    /// <summary>A pod whose container has another id than the operator knows.</summary>
    private async Task<(V1Pod Pod, string Container)> RestartedAsync()
    {
        var pod = await BarePodAsync("db-0");
        await StartAsync();
        watch.Hold();
        await Cluster.Api.Kubelets.RestartContainerAsync(Shop, "db-0", "main", TestContext.Current.CancellationToken);
        var id = (await Cluster.Client.ReadNamespacedPodAsync("db-0", Shop)).Status.ContainerStatuses[0].ContainerID.Split("://")[1];
        id.Should().NotBe(pod.Status.ContainerStatuses[0].ContainerID.Split("://")[1]);
        return (pod, id);
    }

    private async Task<string> FindAsync(FindingTargetSpec target)
    {
        var name = $"late-{++findings}";
        (await Cluster.Findings.CreateAsync(new SecurityFinding
        {
            Metadata = new() { NamespaceProperty = TestCluster.OperatorNamespace, Name = name },
            Spec = new() { Source = "falco", Rule = "Shell", Severity = FindingSeverity.Critical, ReceivedAt = time.GetUtcNow(), OccurredAt = time.GetUtcNow(), Target = target },
        })).Required();
        return name;
    }

    /// <summary>Another finding, which came later and could be decided on, shows that this one was looked at.</summary>
    private async Task LookedAtAsync(string name)
    {
        await DecidedAsync(await FindAsync(new()));
        (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, name))).Required().Status.Should().BeNull("it waits");
    }

    private async Task PatienceEndsAsync(string name) => await Waiting.UntilAsync(
        async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, name))).Required().Status is { State: not FindingState.Pending };
        },
        "it is decided on without the watch");

    private Task MatchedAsync(string name) => Waiting.UntilAsync(
        async () => (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, name))).Required().Status is { State: FindingState.Matched }, "it has a recovery");

    private async Task<(FindingState, string?)> DecidedAsync(string name)
    {
        SecurityFindingStatus? status = null;
        await Waiting.UntilAsync(
            async () => (status = (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, name))).Required().Status) is { State: not FindingState.Pending }, "it is decided on");
        return (status!.State, status.Reason);
    }
}
