namespace Operator.Tests.Findings;

/// <summary>Holds back what the watch of a kind brings, from when it is told to until it is released: what is listed or read alone is as it is.</summary>
internal sealed class LateWatch(string plural) : DelegatingHandler
{
    private volatile TaskCompletionSource? held;

    public void Hold() => held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => held?.TrySetResult();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (!request.RequestUri!.AbsolutePath.EndsWith($"/{plural}", StringComparison.Ordinal) || !request.RequestUri.Query.Contains("watch=", StringComparison.Ordinal))
            return response;
        var inner = response.Content;
        response.Content = new StreamContent(new Late(await inner.ReadAsStreamAsync(cancellationToken), this));
        response.Content.Headers.ContentType = inner.Headers.ContentType;
        return response;
    }

    private sealed class Late(Stream inner, LateWatch watch) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            await (watch.held?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
