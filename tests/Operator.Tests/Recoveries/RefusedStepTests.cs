using Operator.DevCluster.Server;

namespace Operator.Tests.Recoveries;

/// <summary>Steps that the API server will not have.</summary>
public sealed class RefusedStepTests : ShopTest
{
    [Theory]
    [InlineData(403, "Forbidden", "pods \"cart\" is forbidden: the operator may not label it")]
    [InlineData(422, "Invalid", "pods \"cart\" is invalid: denied by a policy of this cluster")]
    public async Task A_step_that_is_refused_is_Blocked_in_the_servers_words_and_goes_on_when_it_is_not(int code, string reason, string message)
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        var refusing = true;
        Cluster.Api.Faults.Before = request => ValueTask.FromResult<Fault?>(
            refusing && request is { Verb: "patch", Resource: "pods" } && TestCluster.IsOperatorWrite(request)
                ? new Fault.Respond(new(code, reason, message))
                : null);
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var blocked = await Cluster.BlockedAsync(pods[0], "Refused");
        blocked.Status!.Message.Should().Contain(message);
        (await PodAsync(pods[0])).Should().NotBeNull("nothing is destroyed that could not be contained");

        refusing = false;
        // Whatever wakes it: here a change of its pod.
        await k8s.CoreV1OperationsExtensions.PatchNamespacedPodAsync(
            Cluster.Client,
            new k8s.Models.V1Patch("""{"metadata": {"annotations": {"touched": "yes"}}}""", k8s.Models.V1Patch.PatchType.MergePatch), pods[0].Metadata.Name, Shop);
        await Cluster.EndedAsync(pods[0]);
    }
}
