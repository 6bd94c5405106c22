using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Operator.DevCluster;

/// <summary>How JSON is read and written everywhere: compact, escaped no more than JSON needs, as deep as schemas go.</summary>
internal static class JsonText
{
    private const int Depth = 512;

    public static JsonDocumentOptions ReaderOptions { get; } = new() { MaxDepth = Depth, AllowDuplicateProperties = false };

    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonSerializerOptions Options { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = Depth,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };
}
