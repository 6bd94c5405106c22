using System.Net;
using k8s.Models;

namespace Operator.Tests.Receiver;

public sealed class RepeatedFindingsTests : ShopTest
{
    [Fact]
    public async Task What_was_counted_is_written_before_the_process_ends()
    {
        await Cluster.SourceAsync(ReceiverFixture.Token);
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        var pod = (await DeployTrustedAsync())[0];
        var running = await StartOperatorAsync();
        await running.ReadyAsync();
        var alert = $$"""
            {"rule": "Terminal shell in container", "priority": "Critical", "output": "a shell", "time": "{{TimeProvider.System.GetUtcNow():O}}",
             "output_fields": {"k8s.ns.name": "{{Shop}}", "k8s.pod.name": "{{pod.Name()}}"} }
            """;
        (await running.PostAsync("falco", ReceiverFixture.Token, alert)).Should().Be(HttpStatusCode.Accepted);
        await Cluster.RecoveryAsync(pod, r => r.Status?.Phase == "AwaitingApproval", "waits for approval");

        for (var repeat = 0; repeat < 3; repeat++)
            await running.PostAsync("falco", ReceiverFixture.Token, alert);
        await StopAsync(running);

        var finding = (await Cluster.Findings.ListAsync(new() { Namespace = TestCluster.OperatorNamespace })).Required().Items.Should().ContainSingle().Subject;
        finding.Status!.Count.Should().Be(3);
    }
}
