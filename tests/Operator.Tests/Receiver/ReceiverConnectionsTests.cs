using Microsoft.Extensions.Time.Testing;
using Operator.TestClusters;

namespace Operator.Tests.Receiver;

/// <summary>Connections cost something before anybody has proved who it is: a port holds so many, and no address keeps another out.</summary>
public sealed class ReceiverConnectionsTests : ShopTest
{
    private const int Most = 8;
    private const string Alert = """{"rule": "Shell", "priority": "Error"}""";
    private readonly List<RawConnection> connections = [];
    private readonly string folder = Directory.CreateTempSubdirectory("connections-").FullName;

    [Theory]
    [InlineData("")]
    [InlineData("GET /healthz HTT")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: operator\r\nX-Half: ")]
    [InlineData("POST /v1/findings/falco HTTP/1.1\r\nHost: operator\r\nContent-Length: 100\r\n\r\n")]
    public async Task A_port_full_of_what_nobody_has_proved_takes_the_kubelet_and_other_senders(string begun)
    {
        var (running, port) = await StartAsync();
        for (var i = 0; i < 3 * Most; i++)
            await OpenAsync(port, 1, begun);

        (await (await OpenAsync(port, 2)).GetAsync("/healthz")).Should().Be(200);
        (await (await OpenAsync(port, 2)).GetAsync("/readyz")).Should().Be(200);
        var sender = await OpenAsync(port, 3);
        await sender.BeginAsync("falco", Alert.Length, Alert);
        (await sender.AnswerAsync()).Should().Be(202);
        (await (await OpenAsync(port, 1)).GetAsync("/healthz")).Should().Be(200, "an address gives up its own for what is new");

        await Waiting.UntilAsync(() => Task.FromResult(connections.Count(c => !c.IsClosed) <= Most), "the port holds no more than it may");
        (await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken))
            .Should().MatchRegex("immutable_recovery_receiver_connections_closed_total [1-9]");
    }

    [Fact]
    public async Task The_address_that_holds_the_most_gives_up_its_own_and_others_keep_theirs()
    {
        var (_, port) = await StartAsync();
        var quiet = await OpenAsync(port, 2);
        (await quiet.GetAsync("/healthz")).Should().Be(200);

        for (var i = 0; i < 3 * Most; i++)
            await OpenAsync(port, 1);

        (await quiet.GetAsync("/healthz")).Should().Be(200, "the connection was idle for longest, and is still there");
    }

    [Fact]
    public async Task What_a_source_sends_is_not_cut_off_for_others()
    {
        var (_, port) = await StartAsync();
        var sender = await OpenAsync(port, 1);
        await sender.BeginAsync("falco", Alert.Length, "", expect: true);
        (await sender.AnswerAsync()).Should().Be(100, "the operator wants the body: it knows who sends");
        await sender.SendAsync(Alert[..10]);

        for (var from = 2; from < 3 * Most; from++)
            await OpenAsync(port, from);
        await sender.SendAsync(Alert[10..]);

        (await sender.AnswerAsync()).Should().Be(202);
    }

    [Fact]
    public async Task Handshakes_that_do_not_end_keep_neither_senders_out_nor_the_kubelet()
    {
        var certificate = ServingCertificate.Write(folder, "tls");
        var (running, _) = await StartAsync(tls: true);
        var (secured, plain) = (running.Addresses.Single(a => a.Scheme == "https"), running.Addresses.Single(a => a.Scheme == "http"));
        for (var i = 0; i < 3 * Most; i++)
            await OpenAsync(secured, 2, i % 2 == 0 ? "" : "\u0016\u0003\u0001");

        using HttpClient sender = new(new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, presented, _, _) => certificate.Is(presented) } });
        (await sender.GetAsync(new Uri(secured, "/healthz"), TestContext.Current.CancellationToken)).IsSuccessStatusCode.Should().BeTrue();
        (await (await OpenAsync(plain, 2)).GetAsync("/healthz")).Should().Be(200);
        await Waiting.UntilAsync(() => Task.FromResult(connections.All(c => c.IsClosed || c == connections[^1])), "a handshake that does not end is ended");
    }

    [Fact]
    public async Task A_body_that_trickles_ends_however_often_something_comes()
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        var (_, port) = await StartAsync(time: time);
        var sender = await OpenAsync(port, 1);
        await sender.BeginAsync("falco", 1024 * 1024, Alert[..10]);
        var answer = sender.AnswerAsync();

        for (var sent = 0; !answer.IsCompleted && sent < 1000; sent++)
        {
            await sender.SendAsync(new string('x', 100));
            time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.WhenAny(answer, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        answer.IsCompleted.Should().BeTrue();
        (await answer).Should().Be(408);
    }

    [Theory]
    [InlineData(65, 10)]
    [InlineData(1, 17_000)]
    public async Task Headers_have_a_number_and_a_size(int count, int length)
    {
        var (_, port) = await StartAsync();
        var connection = await OpenAsync(port, 1);

        await connection.SendAsync("GET /healthz HTTP/1.1\r\nHost: operator\r\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"X-{i}: {new string('x', length)}\r\n")) + "\r\n");

        (await connection.AnswerAsync()).Should().BeOneOf(431, 0);
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: operator\r\n\r\n")]
    [InlineData("POST /v1/findings/falco HTTP/1.1\r\nHost: operator\r\nContent-Length: 0\r\n\r\n")]
    public async Task Who_does_not_read_the_answers_is_cut_off(string request)
    {
        FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
        var (_, port) = await StartAsync(time: time);
        var deaf = await RawConnection.OpenAsync(port, receiveBuffer: 4096);
        connections.Add(deaf);
        async Task SendAsync()
        {
            while (true)
                await deaf.SendAsync(string.Concat(Enumerable.Repeat(request, 100)));
        }

        var sending = SendAsync();
        for (var step = 0; !sending.IsCompleted && step < 4000; step++)
        {
            time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.WhenAny(sending, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        sending.IsFaulted.Should().BeTrue("the operator has closed the connection");
        sending.Exception!.InnerException.Should().BeOfType<System.Net.Sockets.SocketException>();
    }

    protected override ValueTask StopAsync()
    {
        foreach (var connection in connections)
            connection.Dispose();
        Directory.Delete(folder, recursive: true);
        return base.StopAsync();
    }

    private async Task<(OperatorInProcess Running, Uri Port)> StartAsync(bool tls = false, TimeProvider? time = null)
    {
        await Cluster.SourceAsync(ReceiverFixture.Token);
        var running = await StartOperatorAsync(new() { MaxConnections = Most, TlsCertificates = tls ? folder : null, TlsListen = "https://127.0.0.1:0" }, time);
        await running.ReadyAsync();
        return (running, running.Addresses.Single(a => a.Scheme == "http"));
    }

    private async Task<RawConnection> OpenAsync(Uri port, int from, string begun = "")
    {
        var connection = await RawConnection.OpenAsync(port, from);
        connections.Add(connection);
        if (begun.Length > 0)
        {
            try
            {
                await connection.SendAsync(begun);
            }
            catch (System.Net.Sockets.SocketException)
            {
                // It was closed already.
            }
        }
        return connection;
    }
}
