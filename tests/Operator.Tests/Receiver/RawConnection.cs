using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Operator.Tests.Receiver;

/// <summary>A sender's connection, byte for byte, from a loopback address of choice.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <param name="to">The port of the operator.</param>
    /// <param name="from">The last part of the address that it comes from.</param>
    /// <param name="receiveBuffer">How much of an answer the sender's side takes before it is read.</param>
    public static async Task<RawConnection> OpenAsync(Uri to, int from = 1, int? receiveBuffer = null)
    {
        RawConnection connection = new();
        if (receiveBuffer is { } size)
            connection.socket.ReceiveBufferSize = size;
        connection.socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)from]), 0));
        await connection.socket.ConnectAsync(IPAddress.Parse(to.Host), to.Port, TestContext.Current.CancellationToken);
        return connection;
    }

    public async Task SendAsync(string text) => await socket.SendAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>The head of a request with a bearer token, and the beginning of its body.</summary>
    public Task BeginAsync(string source, int length, string body, bool expect = false) => SendAsync(
        $"POST /v1/findings/{source} HTTP/1.1\r\nHost: operator\r\nAuthorization: Bearer {ReceiverFixture.Token}\r\nContent-Length: {length}\r\n{(expect ? "Expect: 100-continue\r\n" : "")}\r\n{body}");

    /// <summary>The status code of the answer; 0 where the connection is closed without one.</summary>
    public async Task<int> AnswerAsync()
    {
        var buffer = new byte[4096];
        try
        {
            var read = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            return read == 0 ? 0 : int.Parse(Encoding.ASCII.GetString(buffer, 0, read).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    /// <summary>What a GET of a path is answered.</summary>
    public async Task<int> GetAsync(string path)
    {
        await SendAsync($"GET {path} HTTP/1.1\r\nHost: operator\r\n\r\n");
        return await AnswerAsync();
    }

    /// <summary>Whether the operator has closed it; what it answered before is thrown away.</summary>
    public bool IsClosed
    {
        get
        {
            try
            {
                while (socket.Poll(0, SelectMode.SelectRead))
                {
                    if (socket.Available == 0 || socket.Receive(new byte[socket.Available]) == 0)
                        return true;
                }
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        }
    }

    /// <summary>Breaks it off.</summary>
    public void Abort() => socket.Close(0);

    public void Dispose() => socket.Dispose();
}
