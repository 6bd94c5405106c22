using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;

namespace Operator.Tests.Recoveries;

/// <summary>A limit counts what was done, also where the operator did not hear of it or did not live to write it down.</summary>
public sealed class RestoredLimitsTests : ShopTest
{
    private const string OnePod = "mode: Contain\nlimits: {contain: {maxPerNamespace: 1}}";

    [Fact]
    public async Task A_containing_patch_whose_answer_is_lost_uses_up_the_limit()
    {
        await Cluster.PolicyAsync(Shop, OnePod);
        var pods = await DeployTrustedAsync();
        var (done, settled) = (NewSignal(), false);
        Cluster.Api.Faults.After = request => Drop(IsContainment(request, pods[0]) && done.TrySetResult());
        Cluster.Api.Faults.Before = request => Drop(done.Task.IsCompleted && !settled && IsOf(request, pods[0]));
        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await done.Task.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);

        await SecondPodWaitsAsync(pods[1]);

        settled = true;
        await Cluster.RecoveryAsync(pods[0], r => r.Status?.ContainedAt is not null, "is contained");
        (await PodAsync(pods[1]))!.Labels().Should().NotContainKey(WellKnown.QuarantineLabel);
    }

    [Fact]
    public async Task A_pod_that_was_contained_right_before_a_crash_uses_up_the_limit_of_the_next_leader()
    {
        await Cluster.PolicyAsync(Shop, OnePod);
        var pods = await DeployTrustedAsync();
        var (done, dead, settled) = (NewSignal(), true, false);
        Cluster.Api.Faults.After = request => Drop(IsContainment(request, pods[0]) && done.TrySetResult());
        Cluster.Api.Faults.Before = request => Drop(done.Task.IsCompleted && TestCluster.IsOperator(request) && (dead || (!settled && IsOf(request, pods[0]))));
        var running = await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await done.Task.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);
        await StopAsync(running);
        dead = false;
        await StartOperatorAsync();

        await SecondPodWaitsAsync(pods[1]);

        settled = true;
        await Cluster.RecoveryAsync(pods[0], r => r.Status?.ContainedAt is not null, "is contained");
        (await PodAsync(pods[1]))!.Labels().Should().NotContainKey(WellKnown.QuarantineLabel);
    }

    private async Task SecondPodWaitsAsync(V1Pod pod)
    {
        await Cluster.FindAsync(pod);
        await Waiting.UntilAsync(
            async () => (await Cluster.RecoveriesAsync(Shop)).Any(r => r.Spec.Target.Uid == pod.Uid() && r.Status?.Reason == "ContainmentLimit")
                || (await PodAsync(pod))!.Labels().ContainsKey(WellKnown.QuarantineLabel),
            "the other pod waits or is contained");
        (await PodAsync(pod))!.Labels().Should().NotContainKey(WellKnown.QuarantineLabel, "one pod is as many as may be contained");
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static ValueTask<Fault?> Drop(bool drop) => ValueTask.FromResult<Fault?>(drop ? new Fault.Drop() : null);

    private static bool IsContainment(ApiRequest request, V1Pod pod) =>
        request is { Verb: "patch", Resource: "pods", ResponseCode: < 400 } && request.Name == pod.Name() && TestCluster.IsOperatorWrite(request);

    /// <summary>Whether the operator asks for a pod's record: held up, so that nothing but the limit tells the other pod's recovery of it.</summary>
    private static bool IsOf(ApiRequest request, V1Pod pod) =>
        request.Resource == "recoveries" && request.Name.StartsWith(pod.Name(), StringComparison.Ordinal) && TestCluster.IsOperator(request);
}
