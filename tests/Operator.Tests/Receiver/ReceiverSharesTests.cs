using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Operator.Tests.Receiver;

/// <summary>What one source does never keeps another from being heard.</summary>
public sealed class ReceiverSharesTests(ReceiverFixture receiver) : IClassFixture<ReceiverFixture>
{
    private const string Alert = """{"rule": "Shell", "priority": "Error", "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "cart-1"}}""";

    /// <summary>The beginning of one alert, nearly as large as one may be.</summary>
    private static readonly string Large = """{"rule": "Shell", "output": " """ + new string('x', 240 * 1024);

    [Fact]
    public async Task Slow_bodies_of_one_source_take_no_slot_of_another_and_end()
    {
        var (slow, other) = (await receiver.SourceAsync(), await receiver.SourceAsync());
        List<Task<int>> held = [.. Enumerable.Range(0, 257).Select(_ => PostAsync(slow))];
        await Waiting.UntilAsync(() => Task.FromResult(held.Any(h => h.IsCompletedSuccessfully)), "the source is refused what is above its share");
        held.Where(h => h.IsCompletedSuccessfully).Should().OnlyContain(h => h.Result == 503);

        (await receiver.PostAsync(other, Alert)).Code.Should().Be(HttpStatusCode.Accepted);

        (await Task.WhenAll(held)).Should().OnlyContain(c => c == 503 || c == 408)
            .And.Contain(408, "a body that does not arrive ends");
        (await receiver.PostAsync(slow, Alert)).Code.Should().Be(HttpStatusCode.Accepted, "its slots are free again");
    }

    [Theory]
    [InlineData("abort")]
    [InlineData("error")]
    [InlineData("deadline")]
    public async Task Bytes_that_one_source_holds_are_not_anothers_and_are_given_back(string end)
    {
        var (greedy, other) = (await receiver.SourceAsync(), await receiver.SourceAsync());
        List<RawConnection> holding = [];
        List<Task<int>> answers = [];
        Received? refused = null;
        do
        {
            holding.Count.Should().BeLessThan(256, "bytes run out before slots");
            var connection = await RawConnection.OpenAsync(receiver.Operator.Http.BaseAddress!);
            await connection.BeginAsync(greedy, 250 * 1024, Large);
            holding.Add(connection);
            answers.Add(connection.AnswerAsync());
            refused = await receiver.PostAsync(greedy, Large + "\"}");
        }
        while (refused.Code == HttpStatusCode.Accepted);
        refused.Code.Should().Be(HttpStatusCode.ServiceUnavailable);
        refused.Error.Should().Contain("bytes under way");
        (await receiver.PostAsync(other, Large + "\"}")).Code.Should().Be(HttpStatusCode.Accepted, "another source has its own");

        foreach (var connection in holding.Where((_, i) => !answers[i].IsCompleted))
        {
            if (end == "abort")
                connection.Abort();
            else if (end == "error")
                await connection.SendAsync(new string('\n', (250 * 1024) - Large.Length));
        }

        await Waiting.UntilAsync(async () => (await receiver.PostAsync(greedy, Large + "\"}")).Code == HttpStatusCode.Accepted, "its bytes are free again");
        if (end != "abort")
            (await Task.WhenAll(answers)).Should().Contain(end == "error" ? 400 : 408);
        holding.ForEach(c => c.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bodies_above_the_pace_of_a_source_wait_and_hold_up_no_other(bool taken)
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using var running = await OperatorInProcess.StartAsync(receiver.Cluster, time: clock);
        await running.ReadyAsync();
        var (greedy, other) = (await receiver.SourceAsync(taken ? "namespaces: [\"*\"]" : "namespaces: [\"*\"]\n  rateLimit: {perSecond: 1, burst: 1}"), await receiver.SourceAsync());
        var largest = Alert.PadRight(4 * 1024 * 1024);
        await Waiting.UntilAsync(async () => await running.PostAsync(greedy, ReceiverFixture.Token, largest) == HttpStatusCode.Accepted, "the operator knows the source, and reads its first body at once");

        var begun = clock.GetUtcNow();
        var second = running.PostAsync(greedy, ReceiverFixture.Token, largest);
        (await running.PostAsync(other, ReceiverFixture.Token, Alert)).Should().Be(HttpStatusCode.Accepted);

        await Waiting.UntilAsync(
            () =>
            {
                if (!second.IsCompleted)
                    clock.Advance(TimeSpan.FromMilliseconds(10));
                return Task.FromResult(second.IsCompleted);
            },
            "it is read as time passes");
        (clock.GetUtcNow() - begun).Should().BeGreaterThan(TimeSpan.FromMilliseconds(400), "two sources have 8 MiB a second each");
        (await second).Should().Be(taken ? HttpStatusCode.Accepted : HttpStatusCode.ServiceUnavailable);
    }

    /// <summary>A body that begins and never goes on: the code that is answered.</summary>
    private async Task<int> PostAsync(string source)
    {
        using var connection = await RawConnection.OpenAsync(receiver.Operator.Http.BaseAddress!);
        await connection.BeginAsync(source, 1000, "{\"rule\": ");
        return await connection.AnswerAsync();
    }
}
