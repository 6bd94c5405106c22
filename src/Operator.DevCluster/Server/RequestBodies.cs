using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.DevCluster.Protobuf;

namespace Operator.DevCluster.Server;

/// <summary>Reads request bodies: JSON, or YAML or Protobuf where the content type says so.</summary>
internal static class RequestBodies
{
    private const int Largest = 3 * 1024 * 1024;

    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        using MemoryStream buffer = new();
        byte[] chunk = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, cancellation)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > Largest)
                throw new StatusException(new(413, "RequestEntityTooLarge", $"Request entity too large: limit is {Largest}"));
        }
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    public static JsonNode? Parse(ReadOnlyMemory<byte> body, string contentType)
    {
        if (contentType.StartsWith(ProtobufObject.MediaType, StringComparison.Ordinal))
            return ProtobufObject.Parse(body.Span) ?? throw new StatusException(ApiStatus.UnsupportedMediaType("application/json, application/yaml"));
        try
        {
            return contentType.EndsWith("yaml", StringComparison.Ordinal) && FirstCharacter(body.Span) is not ((byte)'{' or (byte)'[')
                ? Yaml.Documents(System.Text.Encoding.UTF8.GetString(body.Span)).FirstOrDefault()
                : JsonNode.Parse(body.Span, documentOptions: JsonText.ReaderOptions);
        }
        catch (Exception e) when (e is JsonException or YamlDotNet.Core.YamlException)
        {
            throw new StatusException(ApiStatus.BadRequest($"the object provided is unrecognized: {e.Message}"));
        }
    }

    private static byte FirstCharacter(ReadOnlySpan<byte> body) => body.TrimStart(" \r\n\t"u8) is [var first, ..] ? first : (byte)0;
}
