using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Authentication;

/// <summary>Tokens of service accounts: signed by a key of this server, and good for as long as they say and their account is there.</summary>
internal sealed class ServiceAccountTokens(ObjectStore store, TimeProvider time)
{
    private const string Issuer = "https://kubernetes.default.svc.cluster.local";
    private static readonly string Header = Encode("""{"alg":"HS256","typ":"JWT"}""");
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    public string Issue(StoredObject account, DateTimeOffset expires)
    {
        JsonObject claims = new()
        {
            ["iss"] = Issuer,
            ["aud"] = new JsonArray(Issuer),
            ["sub"] = UserInfo.ServiceAccount(account.Json.Namespace, account.Name.Name).Name,
            ["iat"] = time.GetUtcNow().ToUnixTimeSeconds(),
            ["exp"] = expires.ToUnixTimeSeconds(),
            ["kubernetes.io"] = new JsonObject
            {
                ["namespace"] = account.Json.Namespace,
                ["serviceaccount"] = new JsonObject { ["name"] = account.Name.Name, ["uid"] = account.Json.Uid },
            },
        };
        string signed = $"{Header}.{Encode(claims.ToJsonString())}";
        return $"{signed}.{Sign(signed)}";
    }

    /// <summary>The account of a token that was issued here; null for any other.</summary>
    /// <exception cref="StatusException">It was issued here and is no longer good.</exception>
    public UserInfo? Authenticate(string token)
    {
        int end = token.LastIndexOf('.');
        if (end < 0 || token[(end + 1)..] != Sign(token[..end]))
            return null;
        var claims = (JsonObject)JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!;
        var (space, name) = (claims.TextAt("kubernetes.io", "namespace"), claims.TextAt("kubernetes.io", "serviceaccount", "name"));
        var account = store.Get("serviceaccounts", new(space, name));
        return account is not null && account.Json.Uid == claims.TextAt("kubernetes.io", "serviceaccount", "uid") && claims.NumberAt("exp") > time.GetUtcNow().ToUnixTimeSeconds()
            ? UserInfo.ServiceAccount(space, name) with { Uid = account.Json.Uid }
            : throw new StatusException(ApiStatus.Unauthorized);
    }

    private string Sign(string text) => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
