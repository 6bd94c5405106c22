using System.Buffers;
using System.Text.Json;

namespace Operator.Runtime;

/// <summary>Reads a watch event by event while it arrives. Of an object it holds no more than its shape keeps.</summary>
internal sealed class WatchReader : IDisposable
{
    private const int BufferSize = 1 << 12;

    private readonly byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private readonly Stream body;
    private readonly JsonTrimmer happened;
    private int start, end;

    public WatchReader(Stream body, JsonShape watched)
        : this(new JsonTrimmer(JsonShape.OfEvent(watched)), body)
    {
    }

    private WatchReader(JsonTrimmer happened, Stream body) => (this.happened, this.body) = (happened, body);

    public bool IsTruncated => happened.IsTruncated;

    /// <summary>What was kept of the last object.</summary>
    public ReadOnlySpan<byte> Text => happened.Text;

    /// <summary>Reads objects that stand alone, and not within events.</summary>
    public static WatchReader OfOne(Stream body, JsonShape shape) => new(new JsonTrimmer(shape), body);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        happened.Dispose();
    }

    /// <summary>False once the stream has ended; what was cut short by that is none.</summary>
    /// <exception cref="JsonException">This is no stream of objects.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        happened.Reset();
        while (true)
        {
            if (start == end)
                (start, end) = (0, await body.ReadAsync(buffer, cancellation));
            if (end == 0)
                return false;
            var isWhole = happened.Take(buffer.AsSpan(start, end - start), out var taken);
            start += taken;
            if (isWhole)
                return true;
        }
    }

    /// <summary>The event that was read, until the next is; false when it has no type or no object.</summary>
    public bool Event(out string type, out ReadOnlySpan<byte> changed)
    {
        Utf8JsonReader reader = new(happened.Text);
        type = "";
        changed = [];
        reader.Read();
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            var at = (int)reader.TokenStartIndex;
            if (isType)
                type = reader.GetString() ?? "";
            else
                reader.Skip();
            if (!isType)
                changed = happened.Text[at..(int)reader.BytesConsumed];
        }
        return type.Length > 0 && !changed.IsEmpty;
    }
}
