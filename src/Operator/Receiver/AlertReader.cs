using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Operator.Domain.Findings;

namespace Operator.Receiver;

/// <summary>One alert of a body, or why it is none.</summary>
/// <param name="Finding">What it says.</param>
/// <param name="Error">Why it cannot be read.</param>
/// <param name="Line">The line of the body that it begins on, or that cannot be read.</param>
/// <param name="Hash">The same for the same bytes.</param>
internal sealed record ReadAlert(Finding? Finding, string? Error, int Line, UInt128 Hash);

/// <summary>Why the rest of a body is not read.</summary>
internal sealed record BodyCut(int Status, string Reason, string Message);

/// <summary>Reads the alerts of a body one at a time while it arrives. In memory is one alert and the piece that arrived last, never the body.</summary>
internal sealed class AlertReader(HttpRequest request, SourceShares.Share share, TimeProvider time)
{
    public const int MaximumBytes = 4 * 1024 * 1024;

    /// <summary>How long a sender may take to send a body, without the time that storing takes.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly PipeReader body = request.BodyReader;
    private readonly AlertFraming framing = new();
    private ReadOnlySequence<byte> rest;
    private bool unread;
    private bool ended;
    private bool isDiscarding;
    private long received;
    private int alerts;
    private TimeSpan waited;

    /// <summary>Why there is no further alert; null where the body has ended.</summary>
    public BodyCut? Cut { get; private set; }

    /// <summary>What is wrong with a body in which there was none.</summary>
    public string WhyNone => FalcoAdapter.NothingIn(framing);

    public bool IsArray => framing.IsArray;

    /// <summary>It is known to hold more than one alert.</summary>
    public bool IsBatch => framing.IsArray || alerts > 1;

    /// <summary>The next alert; null at the end, or where the rest is not read.</summary>
    public async ValueTask<ReadAlert?> NextAsync(CancellationToken aborted)
    {
        if (request.ContentLength > MaximumBytes)
            Cut ??= TooLarge;
        while (Cut is null)
        {
            using (await share.TurnAsync(IsBatch, aborted))
            {
                if (framing.Next(ref rest, ended) is { } alert)
                {
                    alerts++;
                    return Read(alert);
                }
            }
            if (ended)
                return null;
            Cut = await ReceiveAsync(aborted);
        }
        return null;
    }

    /// <summary>Takes what still comes and throws it away, so that the sender gets to read the answer: until the deadline, as fast as its source is read.</summary>
    public async Task DiscardAsync(CancellationToken aborted)
    {
        (received, isDiscarding) = (long.MinValue, true);
        var more = Cut?.Status != StatusCodes.Status408RequestTimeout;
        while (more && !ended)
        {
            rest = rest.Slice(rest.End);
            more = await ReceiveAsync(aborted) is null;
        }
        // The server may go on with the connection only once what was read is given back.
        if (unread)
            body.AdvanceTo(rest.End);
        unread = false;
    }

    private async Task<BodyCut?> ReceiveAsync(CancellationToken aborted)
    {
        var before = rest.Length;
        if (unread)
            body.AdvanceTo(rest.Start, rest.End);
        unread = false;
        using CancellationTokenSource late = new(waited < Deadline ? Deadline - waited : TimeSpan.Zero, time);
        // A read that a token cancels would leave the body in a state from which the server cannot go on.
        using var deadline = late.Token.UnsafeRegister(static b => ((PipeReader)b!).CancelPendingRead(), body);
        var start = time.GetTimestamp();
        try
        {
            var result = await body.ReadAsync(aborted);
            (rest, ended, unread) = (result.Buffer, result.IsCompleted, true);
            if (result.IsCanceled)
                return TooSlow;
        }
        catch (BadHttpRequestException failure) when (failure.StatusCode is StatusCodes.Status408RequestTimeout or StatusCodes.Status413PayloadTooLarge)
        {
            return failure.StatusCode == StatusCodes.Status408RequestTimeout ? TooSlow : TooLarge;
        }
        finally
        {
            waited += time.GetElapsedTime(start);
        }
        var read = rest.Length - before;
        received += read;
        start = time.GetTimestamp();
        await share.PaceAsync(read, aborted);
        // A sender of a body that is taken is not to blame for this.
        waited += isDiscarding ? time.GetElapsedTime(start) : TimeSpan.Zero;
        return received > MaximumBytes ? TooLarge
            : !share.TryHold(rest.Length) ? new(StatusCodes.Status503ServiceUnavailable, "Busy", "the source has too many bytes under way at once")
            : null;
    }

    private static ReadAlert Read(FramedAlert alert)
    {
        var (finding, error, line) = FalcoAdapter.Read(alert);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in alert.Bytes)
            sha.AppendData(piece.Span);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        sha.GetHashAndReset(hash);
        return new(finding, error, line, System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash));
    }

    private static BodyCut TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, "TooLarge", $"a body of at most {MaximumBytes} bytes is accepted");

    private static BodyCut TooSlow { get; } = new(StatusCodes.Status408RequestTimeout, "TooSlow", $"the body did not arrive within {Deadline.TotalSeconds:0} seconds");
}
