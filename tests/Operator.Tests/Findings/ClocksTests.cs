using Operator.Api.V1Alpha1;

namespace Operator.Tests.Findings;

/// <summary>Replicas and detectors have clocks of their own. None of them makes a finding be decided on without end, or not at all.</summary>
public sealed class ClocksTests : ShopTest
{
    private const string Token = "correct-horse-battery-staple";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_written_by_a_clock_that_is_ahead_is_decided_on_once(bool raised)
    {
        var name = await UnresolvedAsync("first");
        var ahead = TimeProvider.System.GetUtcNow().AddHours(1);

        await WriteAsync(name, s => (s.LastSeenAt, s.RaisedAt, s.HighestSeverity) = (raised ? null : ahead, raised ? ahead : null, FindingSeverity.Critical));

        await Waiting.UntilAsync(async () => (await StatusAsync(name)).DecidedAt >= ahead.AddSeconds(-1), "it is decided on with that");
        for (var i = 0; i < 5; i++)
            await UnresolvedAsync($"later {i}", running: false);
        (await Cluster.OperatorWritesAsync()).Where(r => r.Resource == "securityfindings" && r.Verb == "update" && r.Name == name).Should().HaveCountLessThan(4);
    }

    [Fact]
    public async Task What_is_raised_by_a_clock_that_is_behind_is_decided_on()
    {
        var name = await UnresolvedAsync("first");
        var ahead = TimeProvider.System.GetUtcNow().AddHours(1);
        await WriteAsync(name, s => s.DecidedAt = ahead);

        await PostAsync("first", "Critical");

        await Waiting.UntilAsync(async () => await StatusAsync(name) is { RaisedAt: { } raised, DecidedAt: { } decided } && raised > ahead.AddSeconds(-1) && decided >= raised, "it is decided on with what it was raised to");
    }

    [Fact]
    public async Task A_repeat_that_a_detector_dates_ahead_is_decided_on_once()
    {
        var name = await UnresolvedAsync("first");

        await PostAsync("first", "Notice", TimeProvider.System.GetUtcNow().AddSeconds(4.5));

        await Waiting.UntilAsync(async () => (await StatusAsync(name)).LastSeenAt is not null, "the repeat is written");
        for (var i = 0; i < 5; i++)
            await UnresolvedAsync($"later {i}", running: false);
        (await Cluster.OperatorWritesAsync()).Where(r => r.Resource == "securityfindings" && r.Verb == "update" && r.Name == name).Should().HaveCountLessThan(5);
    }

    private OperatorInProcess sender = null!;

    private async Task<string> UnresolvedAsync(string rule, bool running = true)
    {
        if (running)
        {
            await Cluster.SourceAsync(Token);
            sender = await StartOperatorAsync();
            await sender.ReadyAsync();
        }
        await PostAsync(rule, "Notice");
        SecurityFinding? found = null;
        await Waiting.UntilAsync(
            async () => (found = (await Cluster.Findings.ListAsync(new() { Namespace = TestCluster.OperatorNamespace })).Required().Items.FirstOrDefault(f => f.Spec.Rule == rule))?.Status?.State is FindingState.Unresolved,
            "it is decided on");
        return found!.Metadata.Name;
    }

    private async Task PostAsync(string rule, string priority, DateTimeOffset? at = null) =>
        (await sender.PostAsync("falco", Token, $$"""{"rule": "{{rule}}", "priority": "{{priority}}"{{(at is { } t ? $", \"time\": \"{t:O}\"" : "")}}}"""))
            .Should().Be(System.Net.HttpStatusCode.Accepted);

    private async Task<SecurityFindingStatus> StatusAsync(string name) => (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, name))).Required().Status!;

    /// <summary>Another replica writes.</summary>
    private async Task WriteAsync(string name, Action<SecurityFindingStatus> change)
    {
        var finding = (await Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, name))).Required();
        change(finding.Status!);
        (await Cluster.Findings.ReplaceAsync(finding, "status")).Required();
    }
}
