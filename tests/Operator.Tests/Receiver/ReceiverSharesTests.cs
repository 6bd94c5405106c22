using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Operator.Tests.Receiver;

/// <summary>What one source does never keeps another from being heard.</summary>
public sealed class ReceiverSharesTests(ReceiverFixture receiver) : IClassFixture<ReceiverFixture>
{
    private const string Alert = """{"rule": "Shell", "priority": "Error", "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "cart-1"}}""";

    [Fact]
    public async Task Slow_bodies_of_one_source_take_no_slot_of_another_and_end()
    {
        var (slow, other) = (await receiver.SourceAsync(), await receiver.SourceAsync());
        List<Task<int>> held = [.. Enumerable.Range(0, 256).Select(_ => PostAsync(slow))];
        await Waiting.UntilAsync(() => Task.FromResult(held.Any(h => h.IsCompletedSuccessfully)), "the source is refused what is above its share");

        (await receiver.PostAsync(other, Alert)).Code.Should().Be(HttpStatusCode.Accepted);

        (await Task.WhenAll(held)).Should().OnlyContain(c => c == 503 || c == 408)
            .And.Contain(408, "a body that does not arrive ends");
    }

    /// <summary>A body that begins and never goes on: the code that is answered.</summary>
    private async Task<int> PostAsync(string source)
    {
        var address = receiver.Operator.Http.BaseAddress!;
        using TcpClient connection = new();
        await connection.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        var stream = connection.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST /v1/findings/{source} HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {ReceiverFixture.Token}\r\nContent-Length: 1000\r\n\r\n{{\"rule\": "),
            TestContext.Current.CancellationToken);
        using StreamReader answer = new(stream);
        var status = await answer.ReadLineAsync(TestContext.Current.CancellationToken);
        return int.Parse(status!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
