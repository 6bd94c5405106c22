using System.Buffers;

namespace Operator.Runtime;

/// <summary>Bytes that grow in buffers of the pool. A buffer that one large object needed is given back before the next.</summary>
internal sealed class PooledText : IDisposable
{
    private const int Small = 1 << 12, LargestKept = 1 << 16;
    private byte[] bytes = ArrayPool<byte>.Shared.Rent(Small);

    public int Length { get; set; }

    public ReadOnlySpan<byte> All => bytes.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> more)
    {
        if (Length + more.Length > bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length * 2, Length + more.Length));
            All.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(bytes);
            bytes = larger;
        }
        more.CopyTo(bytes.AsSpan(Length));
        Length += more.Length;
    }

    public void Clear()
    {
        Length = 0;
        if (bytes.Length <= LargestKept)
            return;
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = ArrayPool<byte>.Shared.Rent(Small);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(bytes);
        (bytes, Length) = ([], 0);
    }
}
