using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Findings;

namespace Operator.Tests.Findings;

/// <summary>Findings that people make cost no more than the limit of their namespace allows, however many there are.</summary>
public sealed class ManualFindingsTests : ShopTest
{
    [Fact]
    public async Task Findings_above_the_limit_of_their_namespace_are_in_no_cache_and_each_has_its_turn()
    {
        await Cluster.PolicyAsync(Shop, "mode: Observe");
        var pod = (await DeployTrustedAsync())[0];
        for (var i = 0; i < 6; i++)
            await MakeAsync($"junk-{i}", "no-such-pod");
        await MakeAsync("real", pod.Name());
        var running = await StartOperatorAsync(new() { MaxFindingsPerNamespace = 1 });
        await running.ReadyAsync();
        await WaitAsync(running, 1);
        running.CachedFindings.Should().ContainSingle("the others are not kept");

        for (var i = 0; i < 6; i++)
        {
            string? decided = null;
            await Waiting.UntilAsync(async () => (decided = await DecidedAsync()) is not null, "the next one is decided on");
            (await Cluster.Findings.DeleteAsync(new(Shop, decided!), new())).Required();
        }

        await Cluster.EndedAsync(pod, "Skipped");
        running.CachedFindings.Should().ContainSingle();
        await WaitAsync(running, 0);
    }

    [Fact]
    public void Neither_those_that_are_worked_on_nor_the_names_that_wait_are_more_than_the_limit()
    {
        ManualFindings known = new(3);

        for (var i = 0; i < 10_000; i++)
            known.Admit($"finding-{i}").Should().Be(i < 3);

        known.Waiting.Should().Be(3);
        known.HasMore.Should().BeTrue();
        known.Leave("finding-4").Should().BeNull("it only waited");
        known.Leave("finding-0").Should().Be("finding-3");
        known.Leave("finding-1").Should().Be("finding-5");
        known.NeedsNames.Should().BeFalse("there is no room");
        known.Leave("finding-2").Should().BeNull();
        known.NeedsNames.Should().BeTrue();
        known.Read(known.Dropped);
        known.HasMore.Should().BeFalse();
    }

    private static async Task WaitAsync(OperatorInProcess running, int waiting) => await Waiting.UntilAsync(
        async () => (await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Contains($"immutable_recovery_waiting_findings{{namespace=\"{Shop}\"}} {waiting}", StringComparison.Ordinal) == waiting > 0,
        $"{waiting} are known to wait");

    /// <summary>One that led to nothing and is still there.</summary>
    private async Task<string?> DecidedAsync() =>
        (await Cluster.Findings.ListAsync(new() { Namespace = Shop })).Required().Items.FirstOrDefault(f => f.Status?.State is FindingState.Unresolved)?.Metadata.Name;

    private Task MakeAsync(string name, string pod) => Cluster.ApplyAsync($$"""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: SecurityFinding
        metadata: {name: {{name}}, namespace: {{Shop}}}
        spec: {rule: "seen by a person", severity: Critical, target: {pod: {{pod}}} }
        """);
}
