using System.Text;
using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Protobuf;

/// <summary>
/// Builtin objects as Go clients send them, kubectl since 1.32 among them: Protobuf in Kubernetes' own envelope
/// (runtime.Unknown). They are answered in JSON, which those accept as well.
/// </summary>
internal static class ProtobufObject
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Null if it is of no kind whose fields are known here.</summary>
    public static JsonObject? Parse(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith(Magic))
            return null;
        ReadOnlySpan<byte> raw = default;
        string apiVersion = "", kind = "";
        WireReader envelope = new(body[Magic.Length..]);
        while (envelope.Next())
        {
            if (envelope.Number == 1)
                (apiVersion, kind) = TypeMeta(envelope.Bytes);
            else if (envelope.Number == 2)
                raw = envelope.Bytes;
        }
        if (BuiltinType.Of(apiVersion, kind) is not { } type || Message.Of(type.TypeName).Fields.Count == 0)
            return null;
        JsonObject json = new() { ["apiVersion"] = apiVersion, ["kind"] = kind };
        MessageReader.Read(json, raw, type);
        return json;
    }

    private static (string ApiVersion, string Kind) TypeMeta(ReadOnlySpan<byte> bytes)
    {
        string apiVersion = "", kind = "";
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            string text = Encoding.UTF8.GetString(reader.Bytes);
            (apiVersion, kind) = reader.Number == 1 ? (text, kind) : (apiVersion, text);
        }
        return (apiVersion, kind);
    }
}
