using System.Net;
using System.Net.Http.Headers;
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
        using HttpClient client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 400 }) { BaseAddress = receiver.Operator.Http.BaseAddress };
        List<Task<HttpStatusCode>> held = [.. Enumerable.Range(0, 256).Select(_ => PostAsync(client, slow, new SlowBody()))];
        await Waiting.UntilAsync(() => Task.FromResult(held.Any(h => h.IsCompletedSuccessfully)), "the source is refused what is above its share");

        (await receiver.PostAsync(other, Alert)).Code.Should().Be(HttpStatusCode.Accepted);

        (await Task.WhenAll(held)).Should().OnlyContain(c => c == HttpStatusCode.ServiceUnavailable || c == HttpStatusCode.RequestTimeout)
            .And.Contain(HttpStatusCode.RequestTimeout, "a body that does not arrive ends");
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient client, string source, HttpContent content)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri($"/v1/findings/{source}", UriKind.Relative)) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ReceiverFixture.Token);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    /// <summary>It begins, and never goes on.</summary>
    private sealed class SlowBody : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes("{\"rule\": "));
            await stream.FlushAsync();
            await new TaskCompletionSource().Task.WaitAsync(TestContext.Current.CancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 1000;
            return true;
        }
    }
}
