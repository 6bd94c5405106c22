using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>Where a list in pages goes on: the revision of its first page, and the last object that was sent.</summary>
internal sealed record ContinueToken(long Revision, ObjectName After)
{
    private const string Version = "meta.k8s.io/v1";

    /// <summary>Stands for the newest revision, whatever that is.</summary>
    public const long Newest = -1;

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        new JsonObject { ["v"] = Version, ["rv"] = Revision, ["start"] = $"{After.Namespace}/{After.Name}" }.ToJsonString()));

    public static ContinueToken Parse(string text)
    {
        try
        {
            var json = (JsonObject)JsonNode.Parse(Base64Url.DecodeFromChars(text))!;
            if (json.Text("v") is var version && version != Version)
                throw Invalid($"continue key is not valid: server does not recognize this encoded version {version}");
            string[] start = json["start"]!.GetValue<string>().Split('/', 2);
            return new(json["rv"]!.GetValue<long>(), new(start[0], start[1]));
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException or InvalidCastException or NullReferenceException
            or InvalidOperationException or IndexOutOfRangeException)
        {
            throw Invalid("continue key is not valid: invalid encoding");
        }
    }

    private static StatusException Invalid(string why) => new(ApiStatus.BadRequest($"invalid continue token: {why}"));
}
