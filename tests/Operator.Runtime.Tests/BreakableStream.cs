using System.Text;

namespace Operator.Runtime.Tests;

/// <summary>The body of a real watch, of which a test sees what came and which it can break.</summary>
internal sealed class BreakableStream(Stream inner) : Stream
{
    private readonly CancellationTokenSource broken = new();
    private readonly StringBuilder received = new();

    public string Received
    {
        get
        {
            lock (received)
                return received.ToString();
        }
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public void Break() => broken.Cancel();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(broken.Token, cancellationToken);
        try
        {
            var read = await inner.ReadAsync(buffer, either.Token);
            lock (received)
                received.Append(Encoding.UTF8.GetString(buffer.Span[..read]));
            return read;
        }
        catch (OperationCanceledException) when (broken.IsCancellationRequested)
        {
            throw new IOException("connection reset by peer");
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
