using System.Net;
using Operator.DevCluster.Server;

namespace Operator.Runtime.Tests.Cache;

/// <summary>Invariant 1: deletions on relist are the key-set difference after the last page.</summary>
public sealed class RelistTests : IAsyncLifetime
{
    private readonly RecordedTime time = new();
    private MapServer server = null!;
    private bool outOfDate;

    private Transport Transport => server.Transport;

    public async ValueTask InitializeAsync() => server = await MapServer.StartAsync();

    [Fact]
    public async Task Deletions_on_relist_are_the_key_set_difference_after_the_last_page()
    {
        await CreateAsync(0, 1100);
        await using var follower = await OutOfDateAsync();
        await DeleteAsync("m-0003", "m-0700", "m-1099");
        await CreateAsync(1100, 1101);

        await RelistAsync(() => follower.Heard.Count == 1105);

        follower.Heard.Skip(1100).Should().BeEquivalentTo("-m-0003", "-m-0700", "-m-1099", "+m-1100", "+late");
        follower.Informer.Store.Count.Should().Be(1099);
        Transport.Lists.Count(l => l.Method == "GET" && l["continue"] is not null).Should().BeGreaterThanOrEqualTo(4, "both lists came in three pages");
    }

    [Fact]
    public async Task A_page_that_fails_midway_emits_no_deletion()
    {
        await CreateAsync(0, 1100);
        await using var follower = await OutOfDateAsync();
        await DeleteAsync("m-0003");
        var broken = 0;
        Transport.Answer = (sent, _) => Task.FromResult(sent["continue"] is not null && Interlocked.Increment(ref broken) <= 3 ? Reply.Text(HttpStatusCode.BadGateway, "upstream is gone") : null);

        await RelistAsync(() => broken >= 3);
        follower.Heard.Should().HaveCount(1100, "an unfinished list says nothing of what is gone");
        follower.Informer.Store.Count.Should().Be(1100);

        await RelistAsync(() => follower.Heard.Count == 1102);
        follower.Heard.Skip(1100).Should().BeEquivalentTo("-m-0003", "+late");
    }

    [Fact]
    public async Task A_410_on_a_continue_token_starts_the_list_over()
    {
        await CreateAsync(0, 600);
        var expired = 0;
        Transport.Answer = async (sent, _) =>
        {
            if (sent["continue"] is null || Interlocked.Exchange(ref expired, 1) == 1)
                return null;
            await DeleteAsync("m-0000");
            return Reply.Status(410, "Expired");
        };

        await using var follower = Follower.Start(server.Connection, time);
        await RelistAsync(() => follower.Informer.HasSynced);

        follower.Informer.Store.Count.Should().Be(599);
        Transport.Lists.Count(l => l is { Method: "GET" } && l["limit"] is not null && l["continue"] is null).Should().Be(2, "the list started over");
    }

    [Fact]
    public async Task An_object_replaced_under_its_name_is_told_with_its_old_and_its_new_self()
    {
        await CreateAsync(0, 1);
        await using var follower = await OutOfDateAsync();
        var old = follower.Informer.Store.Get(Map.KeyOf("m-0000"))!;
        Change<Map> seen = default;
        await DeleteAsync("m-0000");
        await CreateAsync(0, 1);
        follower.Informer.Subscribe(change => seen = change);

        await RelistAsync(() => seen.Before is not null);

        seen.Before.Should().BeSameAs(old);
        seen.Now!.Metadata.Uid.Should().NotBe(old.Metadata.Uid);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"ok\"")]
    [InlineData("""{"metadata":null,"items":[]}""")]
    [InlineData("""{"metadata":{"resourceVersion":""},"items":[]}""")]
    [InlineData("""{"metadata":{"resourceVersion":7},"items":[]}""")]
    [InlineData("""{"metadata":{"resourceVersion":"7"}}""")]
    [InlineData("""{"metadata":{"resourceVersion":"7"},"items":{}}""")]
    [InlineData("""{"metadata":{"resourceVersion":"7"},"items":[null]}""")]
    [InlineData("""{"metadata":{"resourceVersion":"7"},"items":[{}]}""")]
    [InlineData("""{"metadata":{"resourceVersion":"7"},"items":[{"metadata":null}]}""")]
    [InlineData("""{"metadata":{"resourceVersion":"7"},"items":[""")]
    [InlineData("<html>Welcome</html>")]
    [InlineData("")]
    public async Task An_answer_that_is_no_list_deletes_nothing(string body)
    {
        await CreateAsync(0, 2);
        await using var follower = await OutOfDateAsync();
        var lies = 0;
        Transport.Answer = (sent, _) => Task.FromResult(sent is { IsWatch: false, Method: "GET" } && Interlocked.Increment(ref lies) <= 2 ? Reply.Json(body) : null);

        await RelistAsync(() => lies > 2 && follower.Informer.Store.Get(Map.KeyOf("late")) is not null);

        follower.Heard.Should().NotContain(h => h.StartsWith('-'));
        follower.Running.IsCompleted.Should().BeFalse();
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    /// <summary>A follower that has listed, and whose watch is now refused until what it knows is too old.</summary>
    private async Task<Follower> OutOfDateAsync()
    {
        outOfDate = true;
        server.Faults.Before = request => new(request.Verb == "watch" ? new Fault.Respond(new(503, "ServiceUnavailable", "not now")) : null);
        var follower = Follower.Start(server.Connection, time);
        await follower.SyncedAsync();
        await Follower.UntilAsync(() => Transport.Watches.Count > 0, "the follower watches");
        return follower;
    }

    /// <summary>Says once that what the follower knows is too old, lets it list and watch again, and lets time pass until a condition holds.</summary>
    private async Task RelistAsync(Func<bool> condition)
    {
        if (outOfDate)
        {
            outOfDate = false;
            await server.CreateAsync(Map.Of("late"));
            var told = 0;
            server.Faults.Before = request => new(
                request.Verb == "watch" && Interlocked.Exchange(ref told, 1) == 0 ? new Fault.Respond(new(410, "Expired", "too old resource version")) : null);
        }
        await time.PassUntilAsync(TimeSpan.FromSeconds(1), condition, "the follower listed again");
    }

    private async Task CreateAsync(int from, int to)
    {
        for (var i = from; i < to; i++)
            await server.CreateAsync(Map.Of($"m-{i:D4}"));
    }

    private async Task DeleteAsync(params string[] names)
    {
        foreach (var name in names)
            await server.DeleteAsync(name);
    }
}
