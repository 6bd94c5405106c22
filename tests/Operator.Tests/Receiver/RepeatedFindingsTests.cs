using System.Net;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Operator.Receiver;
using Operator.Tests.Findings;

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

    [Fact]
    public async Task A_finding_that_is_deleted_while_its_repeats_are_counted_is_stored_again_however_late_the_watch_is()
    {
        await Cluster.SourceAsync(ReceiverFixture.Token);
        LateWatch watch = new("securityfindings");
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        var running = await StartOperatorAsync(null, time, watch);
        await running.ReadyAsync();
        const string alert = """{"rule": "Shell", "priority": "Error", "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "new"}}""";
        (await running.PostAsync("falco", ReceiverFixture.Token, alert)).Should().Be(HttpStatusCode.Accepted);
        var before = (await StoredAsync()).Should().ContainSingle().Subject;
        await Waiting.UntilAsync(() => Task.FromResult(running.CachedFindings.Any()), "the operator's cache has it");
        watch.Hold();
        (await Cluster.Findings.DeleteAsync(Runtime.ObjectKey.Of(before.Metadata), new())).Required();

        (await running.PostAsync("falco", ReceiverFixture.Token, alert)).Should().Be(HttpStatusCode.Accepted);

        (await StoredAsync()).Should().BeEmpty("it is counted in memory");
        await Waiting.UntilAsync(
            async () =>
            {
                time.Advance(RepeatedFindings.Period);
                return await StoredAsync() is [var again] && again.Metadata.Uid != before.Metadata.Uid;
            },
            "what was accepted is stored");
        watch.Release();
    }

    private async Task<IReadOnlyList<Api.V1Alpha1.SecurityFinding>> StoredAsync() =>
        [.. (await Cluster.Findings.ListAsync(new() { Namespace = TestCluster.OperatorNamespace })).Required().Items];
}
