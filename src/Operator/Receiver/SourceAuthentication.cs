using System.Security.Cryptography;
using System.Text;
using Operator.Api.V1Alpha1;
using Operator.Cluster;

namespace Operator.Receiver;

/// <summary>Who is allowed to speak, decided from the cache alone: a request that is not authenticated costs no API call.</summary>
internal sealed class SourceAuthentication(ClusterCache cache, TimeProvider time)
{
    private const string Scheme = "Bearer ";

    /// <summary>The source, or why not. An unknown source and a wrong token get the same answer.</summary>
    public (FindingSource? Source, string? Refusal) Authenticate(string name, string? authorization)
    {
        const string unknown = "unknown source or wrong token";
        if (authorization is null || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return (null, "an Authorization header with a bearer token is needed");
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()));
        if (cache.FindingSources.Store.Get(new("", name)) is not { } source)
            return (null, unknown);
        var token = source.Spec.Authentication.TokenSha256.FirstOrDefault(t =>
            t.Hash.Length == 64 && CryptographicOperations.FixedTimeEquals(hash, Convert.FromHexString(t.Hash)));
        return token switch
        {
            null => (null, unknown),
            { ExpiresAt: { } end } when end <= time.GetUtcNow() => (null, $"this token expired at {end:u}"),
            _ => (source, null),
        };
    }
}
