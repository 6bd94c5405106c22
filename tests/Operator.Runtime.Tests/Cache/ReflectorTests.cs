using System.Net;
using Microsoft.Extensions.Logging.Abstractions;

namespace Operator.Runtime.Tests.Cache;

/// <summary>Invariants 3, 4 and 7 of a reflector, against a server that answers word for word as a test wants.</summary>
public sealed class ReflectorTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly RecordedTime time = new();
    private readonly Transport transport = new();
    private readonly KubernetesConnection connection;
    private readonly List<WatchStream> streams = [.. Enumerable.Range(0, 20).Select(_ => new WatchStream())];

    public ReflectorTests()
    {
        connection = transport.Alone();
        transport.Answer = (sent, _) => Task.FromResult<HttpResponseMessage?>(sent.IsWatch ? streams[transport.Watches.Count - 1].Response : Reply.List("10", "m"));
    }

    /// <summary>The pauses it made: all it waited for but the two minutes of silence.</summary>
    private IEnumerable<TimeSpan> Pauses => time.Waits.Where(w => w != Reflector<Map>.SilenceLimit);

    [Fact]
    public async Task A_watch_that_is_silent_for_two_minutes_lists_again()
    {
        await using var follower = Follower.Start(connection, time);
        await WatchingAsync(1);

        time.Advance(TimeSpan.FromSeconds(119));
        transport.Lists.Should().HaveCount(1);
        await time.PassUntilAsync(Second, () => transport.Watches.Count == 2, "the follower gave the watch up");

        transport.Lists.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_server_that_cannot_select_is_asked_for_everything()
    {
        transport.Answer = (sent, _) => Task.FromResult<HttpResponseMessage?>(
            sent.IsWatch ? streams[transport.Watches.Count - 1].Response
            : sent["fieldSelector"] is null ? Reply.List("10", "m") : Reply.Status(400, "BadRequest"));
        await using var follower = Follower.Start(connection, time, new() { FieldSelector = "status.archived=", OrAll = true });
        await WatchingAsync(1);

        (follower.Names, follower.Informer.IsSelective).Should().BeEquivalentTo((new[] { "m" }, false));
        transport.Watches[0]["fieldSelector"].Should().BeNull("it watches what it has listed");
    }

    [Fact]
    public async Task A_server_that_learns_to_select_is_asked_for_the_selection_with_the_next_list()
    {
        var knows = false;
        transport.Answer = (sent, _) => Task.FromResult<HttpResponseMessage?>(
            sent.IsWatch ? streams[transport.Watches.Count - 1].Response
            : sent["fieldSelector"] is null ? Reply.List("10", "m", "archived") : knows ? Reply.List("11", "m") : Reply.Status(400, "BadRequest"));
        await using var follower = Follower.Start(connection, time, new() { FieldSelector = "status.archived=", OrAll = true });
        await WatchingAsync(1);
        knows = true;

        await time.PassUntilAsync(Second, () => transport.Watches.Count == 2, "it lists again after the silence");

        (follower.Names, follower.Informer.IsSelective).Should().BeEquivalentTo((new[] { "m" }, true));
        transport.Watches[1]["fieldSelector"].Should().Be("status.archived=");
    }

    [Fact]
    public async Task A_selection_that_must_hold_is_not_given_up()
    {
        transport.Answer = (sent, _) => Task.FromResult<HttpResponseMessage?>(Reply.Status(400, "BadRequest"));
        await using var follower = Follower.Start(connection, time);

        await time.PassUntilAsync(Second, () => transport.Lists.Count > 2, "it tries again");

        transport.Lists.Should().OnlyContain(l => l["fieldSelector"] != null);
        follower.Informer.HasSynced.Should().BeFalse();
    }

    [Fact]
    public async Task A_timer_that_fires_when_its_watch_has_just_ended_does_no_harm()
    {
        await using var follower = Follower.Start(connection, time);
        await WatchingAsync(1);
        streams[0].End();
        await WatchingAsync(2);
        streams[1].End();
        await WatchingAsync(3);

        var late = () => time.FireLate(Reflector<Map>.SilenceLimit);

        late.Should().NotThrow();
    }

    [Fact]
    public async Task A_bookmark_shows_that_a_watch_is_alive_and_moves_where_it_resumes()
    {
        await using var follower = Follower.Start(connection, time);
        await WatchingAsync(1);

        for (var minute = 1; minute <= 4; minute++)
        {
            time.Advance(TimeSpan.FromSeconds(100));
            await streams[0].BookmarkAsync($"{10 + minute}");
            await streams[0].EventAsync("ADDED", Reply.Object($"seen-{minute}", $"{10 + minute}"));
            await Follower.UntilAsync(() => follower.Heard.Contains($"+seen-{minute}"), "the event behind the bookmark is there");
        }
        await streams[0].BookmarkAsync("99");
        streams[0].End();
        await WatchingAsync(2);

        transport.Lists.Should().HaveCount(1);
        transport.Watches[1]["resourceVersion"].Should().Be("99");
    }

    [Fact]
    public async Task A_broken_watch_resumes_from_the_version_of_the_last_event()
    {
        await using var follower = Follower.Start(connection, time);
        await WatchingAsync(1);
        await streams[0].EventAsync("ADDED", Reply.Object("n", "11"));
        await streams[0].EventAsync("DELETED", Reply.Object("m", "12"));
        await streams[0].WriteAsync("""{"type":"ADDED","object":{"metadata":{"name":"cut-sh""");
        await Follower.UntilAsync(() => follower.Heard.Count == 3, "both events are there");
        streams[0].Break();
        await WatchingAsync(2);

        transport.Watches[1]["resourceVersion"].Should().Be("12");
        transport.Lists.Should().HaveCount(1);
        follower.Heard.Should().Equal("+m", "+n", "-m");
    }

    [Fact]
    public async Task An_object_that_does_not_fit_the_type_keeps_no_other_from_being_seen()
    {
        const string Unfit = """{"metadata":{"namespace":"maps","name":"odd","resourceVersion":"9"},"data":[1]}""";
        transport.Answer = (sent, _) => Task.FromResult<HttpResponseMessage?>(sent.IsWatch
            ? streams[transport.Watches.Count - 1].Response
            : Reply.Json($$"""{"metadata":{"resourceVersion":"10"},"items":[{{Unfit}},{{Reply.Object("m", "8")}}]}"""));
        await using var follower = Follower.Start(connection, time);
        await WatchingAsync(1);
        await streams[0].EventAsync("MODIFIED", Unfit.Replace("\"9\"", "\"11\"", StringComparison.Ordinal));
        await streams[0].EventAsync("MODIFIED", Unfit.Replace("odd", "m", StringComparison.Ordinal).Replace("\"9\"", "\"12\"", StringComparison.Ordinal));
        await streams[0].EventAsync("ADDED", Reply.Object("n", "13"));
        await Follower.UntilAsync(() => follower.Heard.Contains("+n"), "the event behind them is there");
        await streams[0].EventAsync("DELETED", Unfit.Replace("odd", "m", StringComparison.Ordinal).Replace("\"9\"", "\"14\"", StringComparison.Ordinal));
        await Follower.UntilAsync(() => follower.Heard.Contains("-m"), "a deletion is one all the same");

        follower.Heard.Should().Equal("+m", "+n", "-m");
        transport.Lists.Should().HaveCount(1);
        transport.Watches.Should().HaveCount(1);
    }

    public static TheoryData<string> Unreadable =>
    [
        "not json\n",
        "\n",
        "{}\n",
        "[]\n",
        "null\n",
        """{"type":"ADDED"}""" + "\n",
        """{"type":7,"object":{}}""" + "\n",
        """{"type":"ADDED","object":null}""" + "\n",
        """{"type":"ADDED","object":{}}""" + "\n",
        """{"type":"ADDED","object":{"metadata":null}}""" + "\n",
        """{"type":"ADDED","object":{"metadata":{"name":"x"}}}""" + "\n",
        """{"type":"ADDED","object":{"metadata":{"name":7,"resourceVersion":"11"}}}""" + "\n",
        """{"type":"BOOKMARK","object":{"metadata":{}}}""" + "\n",
        """{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError"}}""" + "\n",
        """{"type":"ERROR","object":"odd"}""" + "\n",
        "\0\0\0\n",
    ];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_watch_event_that_cannot_be_read_ends_neither_the_reflector_nor_what_it_knows(string line)
    {
        await using var follower = Follower.Start(connection, time);
        await WatchingAsync(1);
        await streams[0].WriteAsync(line);
        await WatchingAsync(2);
        await streams[1].EventAsync("ADDED", Reply.Object("n", "12"));

        await Follower.UntilAsync(() => follower.Heard.Contains("+n"), "the follower goes on");

        follower.Names.Should().Equal("m", "n");
    }

    [Fact]
    public async Task An_event_that_never_can_be_read_does_not_keep_the_reflector_from_what_came_after_it()
    {
        var fixedSince = false;
        transport.Answer = async (sent, _) =>
        {
            if (!sent.IsWatch)
                return Reply.List(fixedSince ? "20" : "10", "m");
            var stream = new WatchStream();
            if (sent["resourceVersion"] == "10")
                await stream.WriteAsync("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":7}}}\n");
            return stream.Response;
        };
        await using var follower = Follower.Start(connection, time);
        await WatchingAsync(3);
        fixedSince = true;

        await time.PassUntilAsync(Second, () => transport.Watches[^1]["resourceVersion"] == "20", "the follower listed again");
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.Found)]
    public async Task List_and_watch_errors_never_end_the_process(HttpStatusCode code)
    {
        var normal = transport.Answer;
        var refused = 0;
        transport.Answer = (sent, c) => Interlocked.Increment(ref refused) <= 3 ? Task.FromResult<HttpResponseMessage?>(Reply.Text(code, "no")) : normal(sent, c);
        await using var follower = Follower.Start(connection, time);
        await time.PassUntilAsync(Second, () => follower.Informer.HasSynced && transport.Watches.Count > 0, "the list came through");

        transport.Answer = (sent, c) => refused++ <= 8 ? Task.FromResult<HttpResponseMessage?>(Reply.Text(code, "no")) : normal(sent, c);
        streams[0].Break();
        var before = transport.Watches.Count;
        await time.PassUntilAsync(TimeSpan.FromSeconds(10), () => transport.Watches.Count > before + 2 && refused > 8, "the watch came through");

        follower.Running.IsCompleted.Should().BeFalse();
        follower.Names.Should().Equal("m");
    }

    [Fact]
    public async Task An_error_of_a_kind_nobody_thought_of_does_not_end_the_process_either()
    {
        var normal = transport.Answer;
        var failed = 0;
        transport.Answer = (sent, c) => failed++ < 3 ? throw new ArgumentException("a bug") : normal(sent, c);
        await using var follower = Follower.Start(connection, time);

        await time.PassUntilAsync(Second, () => follower.Informer.HasSynced, "the list came through");
    }

    [Fact]
    public async Task Errors_back_off_with_jitter()
    {
        transport.Answer = (_, _) => Task.FromResult<HttpResponseMessage?>(Reply.Text(HttpStatusCode.ServiceUnavailable, "no"));
        await using var follower = Follower.Start(connection, time);

        await time.PassUntilAsync(TimeSpan.FromSeconds(30), () => Pauses.Count() >= 14, "the follower failed often");

        var shares = Pauses.Take(14).Select((pause, i) => pause / TimeSpan.FromSeconds(Math.Min(30, 0.2 * Math.Pow(2, i)))).ToList();
        shares.Should().OnlyContain(share => share >= 0.49 && share <= 1.01, "a pause doubles up to half a minute, less its jitter");
        shares.Distinct().Count().Should().BeGreaterThan(7, "replicas that failed together do not come back together");
    }

    [Fact]
    public async Task A_watch_that_brought_something_resets_the_backoff()
    {
        await using var follower = Follower.Start(connection, time);
        for (var i = 0; i < 12; i++)
        {
            await WatchingAsync(i + 1);
            await streams[i].EventAsync("ADDED", Reply.Object($"n-{i}", $"{20 + i}"));
            await Follower.UntilAsync(() => follower.Heard.Contains($"+n-{i}"), "the event is there");
            streams[i].Break();
        }
        await WatchingAsync(13);

        Pauses.Should().OnlyContain(pause => pause <= TimeSpan.FromMilliseconds(400), "each of these connections was good for a while");
    }

    [Fact]
    public async Task A_watch_that_the_server_ends_at_once_again_and_again_backs_off()
    {
        foreach (var stream in streams)
            stream.End();
        await using var follower = Follower.Start(connection, time);

        await time.PassUntilAsync(TimeSpan.FromSeconds(10), () => Pauses.Count() >= 6, "the follower paused");

        transport.Watches.Count.Should().BeLessThanOrEqualTo(8);
    }

    [Fact]
    public async Task A_server_that_calls_every_version_expired_is_not_listed_without_a_pause()
    {
        transport.Answer = (sent, _) => Task.FromResult<HttpResponseMessage?>(sent.IsWatch ? Reply.Status(410, "Expired") : Reply.List("10", "m"));
        await using var follower = Follower.Start(connection, time);

        await time.PassUntilAsync(TimeSpan.FromSeconds(10), () => Pauses.Count() >= 6, "the follower paused");

        transport.Lists.Count.Should().BeLessThanOrEqualTo(8);
    }

    [Fact]
    public async Task A_429_on_a_page_waits_for_its_Retry_After_and_goes_on_with_that_page()
    {
        var throttled = 0;
        transport.Answer = (sent, _) => Task.FromResult<HttpResponseMessage?>(
            sent.IsWatch ? streams[0].Response
            : sent["continue"] is null ? Reply.Json($$"""{"metadata":{"resourceVersion":"10","continue":"more"},"items":[{{Reply.Object("m", "1")}}]}""")
            : throttled++ == 0 ? Reply.Text(HttpStatusCode.TooManyRequests, "slow down", TimeSpan.FromSeconds(7))
            : Reply.List("10", "n"));
        await using var follower = Follower.Start(connection, time);
        await Follower.UntilAsync(() => Pauses.Any(), "the follower waits");

        Pauses.Should().Equal(TimeSpan.FromSeconds(7));
        time.Advance(TimeSpan.FromSeconds(6.9));
        transport.Lists.Should().HaveCount(2);
        await time.PassUntilAsync(TimeSpan.FromSeconds(0.1), () => follower.Informer.HasSynced, "the follower has both pages");

        transport.Lists.Should().HaveCount(3);
        follower.Names.Should().Equal("m", "n");
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task A_Retry_After_on_a_watch_is_honoured(HttpStatusCode code)
    {
        var normal = transport.Answer;
        transport.Answer = (sent, c) => sent.IsWatch && transport.Watches.Count == 1 ? Task.FromResult<HttpResponseMessage?>(Reply.Text(code, "slow down", TimeSpan.FromSeconds(9))) : normal(sent, c);
        await using var follower = Follower.Start(connection, time);
        await Follower.UntilAsync(() => Pauses.Any(), "the follower waits");

        Pauses.Single().Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(9));
        await time.PassUntilAsync(Second, () => transport.Watches.Count == 2, "the follower watches again");
        transport.Lists.Should().HaveCount(1);
    }

    [Fact]
    public async Task Why_watches_end_and_when_one_was_last_heard_is_measured()
    {
        MetricSet metrics = new();
        await using var follower = Follower.Start(connection, time, metrics: metrics);
        await WatchingAsync(1);
        streams[0].End();
        await WatchingAsync(2);
        await time.PassUntilAsync(TimeSpan.FromSeconds(5), () => transport.Watches.Count == 3, "the follower gave the silent watch up");
        await WatchingAsync(3);
        var heard = time.GetUtcNow();
        await streams[2].BookmarkAsync("99");

        string plural = Map.Resource.Plural, said = "";
        await Waiting.UntilAsync(
            async () => (said = await Exported.TextAsync(metrics)).Contains($"immutable_recovery_watch_last_heard_timestamp_seconds{{resource=\"{plural}\"}} {Exported.Seconds(heard)}", StringComparison.Ordinal), "the bookmark was heard");
        said.Should().Contain($"immutable_recovery_watch_restarts_total{{resource=\"{plural}\",reason=\"Ended\"}} 1")
            .And.Contain($"immutable_recovery_watch_restarts_total{{resource=\"{plural}\",reason=\"Silent\"}} 1")
            .And.Contain($"immutable_recovery_watch_restarts_total{{resource=\"{plural}\",reason=\"Expired\"}} 0")
            .And.Contain($"immutable_recovery_watch_restarts_total{{resource=\"{plural}\",reason=\"Failed\"}} 0");
    }

    [Fact]
    public async Task A_reflector_goes_from_empty_to_watching_and_ends_when_cancelled()
    {
        using CancellationTokenSource stop = new();
        Reflector<Map> reflector = new(new(connection, Map.Resource), Selection.All, new(), _ => { }, new(new()), time, NullLogger.Instance);
        reflector.State.Should().Be(ReflectorState.Empty);
        var running = reflector.RunAsync(stop.Token);
        await Waiting.UntilAsync(() => Task.FromResult(reflector.State == ReflectorState.Watching), "the reflector watches");

        await stop.CancelAsync();

        await running.WaitAsync(Waiting.Patience, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task WatchingAsync(int count) => time.PassUntilAsync(TimeSpan.FromMilliseconds(50), () => transport.Watches.Count >= count, $"watch {count} began");
}
