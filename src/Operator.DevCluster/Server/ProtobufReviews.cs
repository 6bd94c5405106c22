using System.Text;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Server;

/// <summary>
/// Reads what kubectl sends as Protobuf and nothing else: reviews and token requests, by the field numbers of their
/// <c>generated.proto</c>. Every other kind is refused in that encoding, as ever.
/// </summary>
internal static class ProtobufReviews
{
    private static readonly byte[] Magic = [.. "k8s\0"u8];

    private static readonly Message ResourceAttributes = new()
    {
        [1] = new("namespace"),
        [2] = new("verb"),
        [3] = new("group"),
        [4] = new("version"),
        [5] = new("resource"),
        [6] = new("subresource"),
        [7] = new("name"),
    };
    private static readonly Message NonResourceAttributes = new() { [1] = new("path"), [2] = new("verb") };
    private static readonly Message Access = new()
    {
        [1] = new("resourceAttributes", ResourceAttributes),
        [2] = new("nonResourceAttributes", NonResourceAttributes),
        [3] = new("user"),
        [4] = new("groups", Repeated: true),
        [6] = new("uid"),
    };
    private static readonly Message Rules = new() { [1] = new("namespace") };
    private static readonly Message Token = new() { [1] = new("audiences", Repeated: true), [4] = new("expirationSeconds") };

    private static readonly Dictionary<string, Message?> Specs = new()
    {
        ["SelfSubjectAccessReview"] = Access,
        ["SubjectAccessReview"] = Access,
        ["SelfSubjectRulesReview"] = Rules,
        ["TokenRequest"] = Token,
        ["SelfSubjectReview"] = null,
    };

    /// <summary>Null if it is none of these kinds.</summary>
    public static JsonObject? Parse(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Magic))
            return null;
        byte[] typeMeta = [], raw = [];
        var rest = body[Magic.Length..];
        while (Next(ref rest) is var (number, _) && number > 0)
        {
            var value = Value(ref rest).ToArray();
            (typeMeta, raw) = (number == 1 ? value : typeMeta, number == 2 ? value : raw);
        }
        var json = Read(typeMeta, new() { [1] = new("apiVersion"), [2] = new("kind") });
        if (!Specs.TryGetValue(json.Kind, out var spec))
            return null;
        // The metadata and the status say nothing in a question.
        if (spec is not null && Read(raw, new() { [1] = null, [2] = new("spec", spec), [3] = null })["spec"]?.DeepClone() is { } asked)
            json["spec"] = asked;
        return json;
    }

    private static JsonObject Read(ReadOnlySpan<byte> bytes, Message message)
    {
        JsonObject json = [];
        while (Next(ref bytes) is var (number, wire) && number > 0)
        {
            if (!message.TryGetValue(number, out var field))
                throw new StatusException(ApiStatus.BadRequest($"field {number} is not read here; send JSON"));
            if (wire == 0)
            {
                long value = (long)Varint(ref bytes);
                if (field is not null)
                    json[field.Name] = value;
                continue;
            }
            var content = Value(ref bytes);
            if (field is null)
                continue;
            if (field.Type is { } type)
                json[field.Name] = Read(content, type);
            else if (field.Repeated)
                (json[field.Name] as JsonArray ?? Added(json, field.Name)).Add(Encoding.UTF8.GetString(content));
            else if (content.Length > 0)
                json[field.Name] = Encoding.UTF8.GetString(content);
        }
        return json;
    }

    private static JsonArray Added(JsonObject json, string name)
    {
        JsonArray list = [];
        json[name] = list;
        return list;
    }

    /// <summary>The next field's number and wire type; number 0 at the end.</summary>
    private static (int Number, int Wire) Next(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return (0, 0);
        int tag = (int)Varint(ref bytes);
        return (tag & 7) is 0 or 2 ? (tag >> 3, tag & 7) : throw new StatusException(ApiStatus.BadRequest($"wire type {tag & 7} is not read here; send JSON"));
    }

    private static ReadOnlySpan<byte> Value(ref ReadOnlySpan<byte> bytes)
    {
        int length = (int)Varint(ref bytes);
        if (length < 0 || length > bytes.Length)
            throw new StatusException(ApiStatus.BadRequest("the object provided is cut short"));
        var value = bytes[..length];
        bytes = bytes[length..];
        return value;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int at = 0; at < bytes.Length && at < 10; at++)
        {
            value |= (ulong)(bytes[at] & 0x7f) << (7 * at);
            if (bytes[at] < 0x80)
            {
                bytes = bytes[(at + 1)..];
                return value;
            }
        }
        throw new StatusException(ApiStatus.BadRequest("the object provided is cut short"));
    }

    /// <summary>Fields by their number; null for what is skipped.</summary>
    private sealed class Message : Dictionary<int, Field?>;

    private sealed record Field(string Name, Message? Type = null, bool Repeated = false);
}
