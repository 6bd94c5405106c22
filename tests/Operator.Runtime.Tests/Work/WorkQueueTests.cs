namespace Operator.Runtime.Tests.Work;

public sealed class WorkQueueTests
{
    private readonly RecordedTime time = new();
    private readonly WorkQueue<string> queue;

    public WorkQueueTests() => queue = new(time);

    [Fact]
    public async Task Keys_come_out_in_the_order_in_which_they_went_in()
    {
        queue.Add("a");
        queue.Add("b");

        (await TakeAsync()).Should().Be("a");
        (await TakeAsync()).Should().Be("b");
        queue.Length.Should().Be(0);
    }

    [Fact]
    public async Task An_urgent_key_comes_out_before_all_that_are_not()
    {
        var urgent = new WorkQueue<string>(time, key => key.StartsWith('!'));
        urgent.Add("a");
        urgent.Add("!b");
        urgent.Add("c");
        urgent.Add("!d");

        List<string> taken = [];
        while (urgent.Length > 0)
            taken.Add(await urgent.TakeAsync(TestContext.Current.CancellationToken));

        taken.Should().Equal("!b", "!d", "a", "c");
    }

    [Fact]
    public async Task Whether_a_key_is_urgent_is_asked_each_time_that_it_becomes_ready()
    {
        var contained = new HashSet<string>();
        var urgent = new WorkQueue<string>(time, key => !contained.Contains(key));
        urgent.Add("a");
        (await urgent.TakeAsync(TestContext.Current.CancellationToken)).Should().Be("a");
        contained.Add("a");
        urgent.Add("a");
        urgent.Done("a");
        urgent.Add("b");

        (await urgent.TakeAsync(TestContext.Current.CancellationToken)).Should().Be("b");
        (await urgent.TakeAsync(TestContext.Current.CancellationToken)).Should().Be("a");
    }

    [Fact]
    public async Task A_key_that_is_added_often_before_it_is_taken_runs_once()
    {
        queue.Add("a");
        queue.Add("a");

        (await TakeAsync()).Should().Be("a");
        queue.Done("a");

        queue.Length.Should().Be(0);
        queue.IsIdle.Should().BeTrue();
    }

    [Fact]
    public async Task A_key_added_while_it_is_worked_on_runs_again_and_only_after_that()
    {
        queue.Add("a");
        await TakeAsync();

        queue.Add("a");
        queue.Add("a");
        queue.Length.Should().Be(0, "a key is never processed twice at once");
        queue.Done("a");

        queue.Length.Should().Be(1);
        (await TakeAsync()).Should().Be("a");
        queue.Done("a");
        queue.IsIdle.Should().BeTrue();
    }

    [Fact]
    public async Task A_taker_waits_until_there_is_a_key()
    {
        var taking = TakeAsync();
        taking.IsCompleted.Should().BeFalse();

        queue.Add("a");

        (await taking).Should().Be("a");
    }

    [Fact]
    public async Task A_taker_that_is_cancelled_takes_no_key_with_it()
    {
        using CancellationTokenSource stop = new();
        var taking = queue.TakeAsync(stop.Token);
        await stop.CancelAsync();
        var take = () => taking;
        await take.Should().ThrowAsync<OperationCanceledException>();

        queue.Add("a");

        (await TakeAsync()).Should().Be("a");
    }

    [Fact]
    public void A_delayed_key_comes_when_it_is_due()
    {
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.IsIdle.Should().BeTrue();

        time.Advance(TimeSpan.FromSeconds(9));
        queue.Length.Should().Be(0);
        time.Advance(TimeSpan.FromSeconds(1));
        queue.Length.Should().Be(1);
    }

    [Theory]
    [InlineData(3, 10)]
    [InlineData(10, 3)]
    public void Of_several_delays_the_earliest_counts_and_the_key_comes_once(int first, int second)
    {
        queue.AddAfter("a", TimeSpan.FromSeconds(first));
        queue.AddAfter("a", TimeSpan.FromSeconds(second));

        time.Advance(TimeSpan.FromSeconds(3));
        queue.Length.Should().Be(1);
        time.Advance(TimeSpan.FromSeconds(10));
        queue.Length.Should().Be(1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_jump_of_the_clock_neither_hurries_nor_puts_off_a_delayed_key(int hours)
    {
        queue.AddAfter("a", TimeSpan.FromSeconds(2));
        time.Advance(TimeSpan.FromSeconds(1));
        time.Jump(TimeSpan.FromHours(hours));
        queue.AddAfter("a", TimeSpan.FromSeconds(2));
        queue.Length.Should().Be(0);

        time.Advance(TimeSpan.FromSeconds(1));

        queue.Length.Should().Be(1);
    }

    [Fact]
    public void A_key_without_a_wait_or_with_one_in_the_past_comes_at_once()
    {
        queue.AddAfter("a", TimeSpan.Zero);
        queue.AddAfter("b", TimeSpan.FromSeconds(-5));

        queue.Length.Should().Be(2);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(100_000)]
    public void A_wait_longer_than_a_timer_can_be_is_taken_too(int days)
    {
        queue.AddAfter("a", TimeSpan.FromDays(days));
        queue.AddAfter("b", TimeSpan.MaxValue);

        time.Advance(TimeSpan.FromHours(1));

        queue.Length.Should().Be(0);
    }

    [Fact]
    public void A_key_that_is_added_now_need_not_come_later_as_well()
    {
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.Add("a");

        time.Advance(TimeSpan.FromMinutes(1));

        queue.Length.Should().Be(1);
    }

    [Fact]
    public async Task A_failed_key_comes_back_after_a_pause_that_doubles_up_to_a_minute()
    {
        var expected = 0.05;
        queue.Add("a");
        for (var failure = 0; failure < 15; failure++)
        {
            await TakeAsync();
            queue.AddAfterFailure("a");
            queue.Done("a");
            time.Advance(TimeSpan.FromSeconds(Math.Min(expected, 60) - 0.001));
            queue.Length.Should().Be(0, "after failure {0}", failure);
            time.Advance(TimeSpan.FromMilliseconds(1));
            queue.Length.Should().Be(1, "after failure {0}", failure);
            expected *= 2;
        }
    }

    [Fact]
    public async Task A_key_that_went_well_starts_over_with_the_shortest_pause()
    {
        for (var failure = 0; failure < 5; failure++)
            queue.AddAfterFailure("a");
        time.Advance(TimeSpan.FromMinutes(1));
        await TakeAsync();
        queue.Forget("a");
        queue.Done("a");

        queue.AddAfterFailure("a");
        time.Advance(TimeSpan.FromMilliseconds(50));

        queue.Length.Should().Be(1);
    }

    [Fact]
    public async Task However_often_a_key_fails_nothing_is_dropped()
    {
        queue.Add("a");
        for (var failure = 0; failure < 1000; failure++)
        {
            (await TakeAsync()).Should().Be("a");
            queue.AddAfterFailure("a");
            queue.Done("a");
            time.Advance(TimeSpan.FromMinutes(1));
        }
        queue.Length.Should().Be(1);
    }

    [Fact]
    public async Task A_key_that_falls_due_while_it_is_worked_on_runs_again()
    {
        queue.Add("a");
        await TakeAsync();
        queue.AddAfter("a", TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(1));
        queue.Length.Should().Be(0);

        queue.Done("a");

        queue.Length.Should().Be(1);
    }

    private Task<string> TakeAsync() => queue.TakeAsync(TestContext.Current.CancellationToken);
}
