using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>ConfigMaps: at most a mebibyte, counted in decoded bytes, and immutable where they say so.</summary>
internal sealed class ConfigMapStrategy : ResourceStrategy
{
    private const int Largest = 1024 * 1024;
    private const string KeptAsIs = "field is immutable when `immutable` is set";

    public override IEnumerable<StatusCause> Validate(JsonObject json)
    {
        long size = 0;
        foreach (string bag in (string[])["data", "binaryData"])
        {
            foreach (var (key, value) in json[bag] as JsonObject ?? [])
            {
                if (!key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || key is "." or ".." || key.Length is 0 or > 253)
                {
                    yield return StatusCause.Invalid(
                        $"{bag}[{key}]", $"\"{key}\"", "a valid config key must consist of alphanumeric characters, '-', '_' or '.'");
                }
                string text = value?.GetValue<string>() ?? "";
                size += bag == "data" ? System.Text.Encoding.UTF8.GetByteCount(text) : Decoded(json, text);
            }
        }
        if (size > Largest)
            yield return new("FieldValueTooLong", $"Too long: may not be more than {Largest} bytes", "");
    }

    public override IEnumerable<StatusCause> ValidateUpdate(JsonObject json, JsonObject old)
    {
        if (!old.Flag("immutable"))
            yield break;
        foreach (string kept in (string[])["immutable", "data", "binaryData"])
        {
            if (!JsonNode.DeepEquals(json[kept], old[kept]))
                yield return StatusCause.Forbidden(kept, KeptAsIs);
        }
    }

    private static int Decoded(JsonObject json, string text) =>
        System.Buffers.Text.Base64.IsValid(text, out int length) ? length : throw Undecodable(json, "illegal base64 data");

    private static StatusException Undecodable(JsonObject json, string why) =>
        new(ApiStatus.BadRequest($"ConfigMap in version \"v1\" cannot be handled as a ConfigMap: {json.Name}: {why}"));
}
