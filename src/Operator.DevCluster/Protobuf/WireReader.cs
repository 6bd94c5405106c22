using System.Buffers.Binary;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Protobuf;

/// <summary>Goes through the fields of a Protobuf message.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> rest = message;

    /// <summary>Of the field that was read last.</summary>
    public int Number { get; private set; }

    /// <summary>A number or a truth.</summary>
    public ulong Value { get; private set; }

    /// <summary>A text, bytes or a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <returns>False at the end.</returns>
    public bool Next()
    {
        if (rest.IsEmpty)
            return false;
        ulong tag = Varint();
        Number = (int)(tag >> 3);
        Value = 0;
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                Value = Varint();
                break;
            case 1:
                Value = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
                break;
            case 2:
                Bytes = Take(Varint());
                break;
            case 5:
                Value = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
                break;
            case var wire:
                throw Malformed($"there is no wire type {wire}");
        }
        return true;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)rest.Length)
            throw Malformed("unexpected EOF");
        var taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int at = 0; at < rest.Length && at < 10; at++)
        {
            value |= (ulong)(rest[at] & 0x7f) << (7 * at);
            if (rest[at] < 0x80)
            {
                rest = rest[(at + 1)..];
                return value;
            }
        }
        throw Malformed("unexpected EOF");
    }

    private static StatusException Malformed(string why) => new(ApiStatus.BadRequest($"the object provided is unrecognized: {why}"));
}
