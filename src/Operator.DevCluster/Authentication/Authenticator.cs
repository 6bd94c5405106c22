using Microsoft.AspNetCore.Http;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Authentication;

/// <summary>
/// Who a request comes from: the service account whose token it shows, else the administrator; and whoever may impersonate is whom
/// they ask to be, as with kubectl's <c>--as</c>.
/// </summary>
internal sealed class Authenticator(ServiceAccountTokens tokens, Authorizer authorizer)
{
    private const string Scheme = "Bearer ";

    public UserInfo Authenticate(IHeaderDictionary headers)
    {
        string authorization = headers.Authorization.ToString();
        var asker = (authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? tokens.Authenticate(authorization[Scheme.Length..].Trim()) : null)
            ?? UserInfo.Administrator;
        return Impersonated(asker, headers) ?? asker;
    }

    private UserInfo? Impersonated(UserInfo asker, IHeaderDictionary headers)
    {
        string name = headers["Impersonate-User"].ToString();
        List<string> groups = [.. headers["Impersonate-Group"].OfType<string>()];
        string uid = headers["Impersonate-Uid"].ToString();
        bool more = groups.Count > 0 || uid.Length > 0 || headers.Keys.Any(k => k.StartsWith("Impersonate-Extra-", StringComparison.OrdinalIgnoreCase));
        if (name.Length == 0)
            return more ? throw new StatusException(ApiStatus.BadRequest($"requested {string.Join(' ', groups)} without impersonating a user")) : null;

        var account = UserInfo.SplitServiceAccount(name);
        Require(asker, account is { } a ? new() { Resource = "serviceaccounts", Namespace = a.Namespace, Name = a.Name } : new() { Resource = "users", Name = name });
        foreach (string group in groups)
            Require(asker, new() { Resource = "groups", Name = group });
        if (uid.Length > 0)
            Require(asker, new() { Group = "authentication.k8s.io", Resource = "uids", Name = uid });

        if (groups.Count == 0 && account is { } known)
            groups.AddRange(UserInfo.ServiceAccountGroups(known.Namespace));
        const string unauthenticated = "system:unauthenticated";
        string own = name == "system:anonymous" ? unauthenticated : UserInfo.Authenticated;
        if (!groups.Contains(own) && !groups.Contains(unauthenticated))
            groups.Add(own);
        return new(name, groups) { Uid = uid };
    }

    private void Require(UserInfo asker, AccessAttributes whom) => authorizer.Require(asker, whom with { Verb = "impersonate" });
}
