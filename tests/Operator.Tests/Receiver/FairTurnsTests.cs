using Operator.Receiver;

namespace Operator.Tests.Receiver;

/// <summary>How alerts of several sources take turns.</summary>
public sealed class FairTurnsTests
{
    private readonly FairTurns turns = new(1);

    [Fact]
    public async Task A_source_with_many_alerts_holds_up_another_by_one()
    {
        var current = await turns.TakeAsync("flood", isBatch: false, 2, CancellationToken.None);
        List<Task<FairTurns.Turn>> flood = [.. Enumerable.Range(0, 100).Select(_ => turns.TakeAsync("flood", isBatch: false, 2, CancellationToken.None).AsTask())];
        var other = turns.TakeAsync("falco", isBatch: false, 2, CancellationToken.None).AsTask();

        current.Dispose();
        (await flood[0]).Dispose();

        (await other).Dispose();
        flood.Count(f => f.IsCompleted).Should().BeLessThanOrEqualTo(2, "the other was next");
    }

    [Fact]
    public async Task A_sender_that_goes_away_while_it_waits_costs_no_turn()
    {
        using CancellationTokenSource gone = new();
        var current = await turns.TakeAsync("falco", isBatch: false, 2, CancellationToken.None);
        var waits = turns.TakeAsync("falco", isBatch: false, 2, gone.Token).AsTask();
        var next = turns.TakeAsync("falco", isBatch: false, 2, CancellationToken.None).AsTask();

        await gone.CancelAsync();
        current.Dispose();

        await ((Func<Task>)(() => waits)).Should().ThrowAsync<OperationCanceledException>();
        (await next).Dispose();
        (await turns.TakeAsync("other", isBatch: false, 2, CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task A_source_alone_has_all_turns()
    {
        FairTurns several = new(3);

        List<Task<FairTurns.Turn>> taken = [.. Enumerable.Range(0, 4).Select(_ => several.TakeAsync("falco", isBatch: false, 1, CancellationToken.None).AsTask())];

        taken.Select(t => t.IsCompleted).Should().Equal(true, true, true, false);
        (await taken[0]).Dispose();
        await taken[3];
    }

    [Fact]
    public async Task A_source_among_others_has_its_share_and_leaves_the_rest_free()
    {
        FairTurns several = new(4);
        List<Task<FairTurns.Turn>> flood = [.. Enumerable.Range(0, 3).Select(_ => several.TakeAsync("flood", isBatch: false, 2, CancellationToken.None).AsTask())];

        var other = several.TakeAsync("falco", isBatch: false, 2, CancellationToken.None).AsTask();

        flood.Select(t => t.IsCompleted).Should().Equal(true, true, false);
        other.IsCompleted.Should().BeTrue();
        (await other).Dispose();
        flood[2].IsCompleted.Should().BeFalse("what another gives back is not for a source that has its share");
        (await flood[0]).Dispose();
        await flood[2];
    }

    [Fact]
    public async Task Of_the_batches_of_a_source_one_alert_at_a_time_has_a_turn()
    {
        FairTurns several = new(8);
        List<Task<FairTurns.Turn>> batches = [.. Enumerable.Range(0, 3).Select(_ => several.TakeAsync("falco", isBatch: true, 1, CancellationToken.None).AsTask())];

        var alone = several.TakeAsync("falco", isBatch: false, 1, CancellationToken.None).AsTask();

        batches.Select(t => t.IsCompleted).Should().Equal(true, false, false);
        alone.IsCompleted.Should().BeTrue("an alert that comes alone waits for no batch");
        (await batches[0]).Dispose();
        (await batches[1]).Dispose();
        (await batches[2]).Dispose();
    }
}
