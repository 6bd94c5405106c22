using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Protobuf;

/// <summary>Makes JSON of a Protobuf message: the numbers of its fields are written down, their types are those of the builtin types.</summary>
internal static class MessageReader
{
    /// <summary>metav1.MicroTime; every other time has whole seconds.</summary>
    private static readonly HashSet<string> MicroTimes = ["eventTime", "lastObservedTime", "acquireTime", "renewTime"];

    public static void Read(JsonObject json, ReadOnlySpan<byte> message, BuiltinType.Struct type) => Read(json, message, type, Message.Of(type.TypeName));

    private static void Read(JsonObject json, ReadOnlySpan<byte> message, BuiltinType.Struct type, Message numbers)
    {
        WireReader reader = new(message);
        while (reader.Next())
        {
            if (numbers.Fields.GetValueOrDefault(reader.Number) is not { } field)
                continue;
            if (field.IsInline)
                Read(json, reader.Bytes, type, Message.Of(field.Name));
            else if (type.Fields.GetValueOrDefault(field.Name) is { } fieldType)
                Add(json, field, fieldType, reader);
        }
    }

    private static void Add(JsonObject json, MessageField field, BuiltinType type, WireReader reader)
    {
        switch (type)
        {
            case BuiltinType.List list:
                if (json[field.Name] is not JsonArray items)
                    json[field.Name] = items = [];
                items.Add(Value(reader, list.Item, field.Name));
                break;
            case BuiltinType.Map map:
                var (key, value) = Entry(reader.Bytes, map.Value);
                json.Ensure(field.Name)[key] = value;
                break;
            default:
                if (Value(reader, type, field.Name) is { } single && (field.KeepsZero || !IsZero(single)))
                    json[field.Name] = single;
                break;
        }
    }

    private static JsonNode? Value(WireReader reader, BuiltinType type, string name) => type switch
    {
        BuiltinType.Struct part => Part(reader.Bytes, part),
        BuiltinType.Scalar { Format: "date-time" } => Time(reader.Bytes, MicroTimes.Contains(name)),
        BuiltinType.Scalar { Format: "byte" } => Convert.ToBase64String(reader.Bytes),
        BuiltinType.Scalar { Type: "string" } => Encoding.UTF8.GetString(reader.Bytes),
        BuiltinType.Scalar { Type: "bool" } => reader.Value != 0,
        BuiltinType.Scalar { Type: "float64" } => BitConverter.UInt64BitsToDouble(reader.Value),
        BuiltinType.Scalar => (long)reader.Value,
        BuiltinType.Free { IsQuantity: true } => Encoding.UTF8.GetString(First(reader.Bytes)),
        BuiltinType.Free { IsIntOrString: true } => IntOrString(reader.Bytes),
        BuiltinType.Free => First(reader.Bytes) is { IsEmpty: false } raw ? JsonNode.Parse(raw) : null,
        _ => null,
    };

    private static JsonObject Part(ReadOnlySpan<byte> message, BuiltinType.Struct type)
    {
        JsonObject json = [];
        Read(json, message, type);
        return json;
    }

    private static (string Key, JsonNode? Value) Entry(ReadOnlySpan<byte> message, BuiltinType type)
    {
        string key = "";
        JsonNode? value = type is BuiltinType.Scalar ? "" : null;
        WireReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Number == 1)
                key = Encoding.UTF8.GetString(reader.Bytes);
            else
                value = type is BuiltinType.List ? Texts(reader.Bytes) : Value(reader, type, "");
        }
        return (key, value);
    }

    /// <summary>A list in a map is a message of its own.</summary>
    private static JsonArray Texts(ReadOnlySpan<byte> message)
    {
        JsonArray texts = [];
        WireReader reader = new(message);
        while (reader.Next())
            texts.Add((JsonNode)Encoding.UTF8.GetString(reader.Bytes));
        return texts;
    }

    private static ReadOnlySpan<byte> First(ReadOnlySpan<byte> message)
    {
        WireReader reader = new(message);
        return reader.Next() ? reader.Bytes : default;
    }

    private static JsonNode IntOrString(ReadOnlySpan<byte> message)
    {
        bool isText = false;
        long number = 0;
        string text = "";
        WireReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Number == 1)
                isText = reader.Value == 1;
            else if (reader.Number == 2)
                number = (int)reader.Value;
            else
                text = Encoding.UTF8.GetString(reader.Bytes);
        }
        return isText ? (JsonNode)text : number;
    }

    /// <summary>Null for the time that is no time, which is sent as nothing.</summary>
    private static JsonNode? Time(ReadOnlySpan<byte> message, bool isMicro)
    {
        if (message.IsEmpty)
            return null;
        long seconds = 0, nanoseconds = 0;
        WireReader reader = new(message);
        while (reader.Next())
            (seconds, nanoseconds) = reader.Number == 1 ? ((long)reader.Value, nanoseconds) : (seconds, (long)reader.Value);
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
        return isMicro ? time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture) : Unstructured.Timestamp(time);
    }

    private static bool IsZero(JsonNode value) => value is JsonValue single && (
        (single.TryGetValue(out string? text) && text.Length == 0)
        || (single.TryGetValue(out bool truth) && !truth)
        || (single.TryGetValue(out long number) && number == 0));
}
