using Microsoft.AspNetCore.Http;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Server;

/// <summary>Reads what a request asks for from its method, path, query and headers.</summary>
internal static class RequestReader
{
    public static ApiRequest Read(HttpContext http, ResourceCatalog? catalog, DateTimeOffset now)
    {
        var request = http.Request;
        var path = RequestPath.Parse(request.Path.Value ?? "/");
        string userAgent = request.Headers.UserAgent.ToString();
        return new()
        {
            Verb = path is null ? request.Method.ToLowerInvariant() : Verb(request, path),
            Path = request.Path.Value ?? "/",
            QueryString = request.QueryString.Value ?? "",
            Group = path?.Group ?? "",
            Version = path?.Version ?? "",
            Resource = path?.Resource ?? "",
            Subresource = path?.Subresource ?? "",
            Namespace = path?.Namespace ?? "",
            Name = path?.Name ?? "",
            UserAgent = userAgent,
            FieldManager = request.Query["fieldManager"].ToString() is { Length: > 0 } manager ? manager : Prefix(userAgent),
            ContentType = request.ContentType?.Split(';')[0].Trim() ?? "",
            Accept = request.Headers.Accept.ToString(),
            Query = request.Query,
            Timestamp = now,
            Definition = path is null ? null : catalog?.Find(path.Group, path.Version, path.Resource),
        };
    }

    private static string Verb(HttpRequest request, RequestPath path) => request.Method switch
    {
        "GET" or "HEAD" when path.Name.Length > 0 => "get",
        "GET" or "HEAD" when request.Query["watch"].ToString() is "true" or "1" => "watch",
        "GET" or "HEAD" => "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" when path.Name.Length > 0 => "delete",
        "DELETE" => "deletecollection",
        var other => other.ToLowerInvariant(),
    };

    private static string Prefix(string userAgent)
    {
        int slash = userAgent.IndexOf('/', StringComparison.Ordinal);
        string prefix = slash < 0 ? userAgent : userAgent[..slash];
        return prefix.Length == 0 ? "unknown" : prefix;
    }
}
