using System.Text.Json.Nodes;
using Operator.DevCluster.Authentication;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>serviceaccounts/token: a token that is good for a while.</summary>
internal sealed class TokenRequests(ObjectRegistry registry, ServiceAccountTokens tokens, TimeProvider time)
{
    private const string Group = "authentication.k8s.io", Kind = "TokenRequest";
    private const long Shortest = 600, Longest = 1L << 32, Usual = 3600;

    public ApiResponse Create(ApiRequest request)
    {
        var json = request.RequireObject().Clone();
        if ((json.Text("apiVersion") ?? $"{Group}/v1") != $"{Group}/v1" || (json.Text("kind") ?? Kind) != Kind)
        {
            throw new StatusException(ApiStatus.BadRequest(
                $"the API version in the data ({json.ApiVersion}, Kind={json.Kind}) does not match the expected API version ({Group}/v1, Kind={Kind})"));
        }
        var account = registry.Get(request.Target, new(request.Namespace, request.Name));
        var spec = json.Ensure("spec");
        if (spec["boundObjectRef"] is not null || spec["audiences"] is JsonArray { Count: > 0 })
            throw new StatusException(ApiStatus.BadRequest("this server issues tokens for its own audience, bound to no object"));
        spec.Default("expirationSeconds", Usual);
        long seconds = spec.NumberAt("expirationSeconds") ?? Usual;
        if (seconds is < Shortest or > Longest)
        {
            throw new StatusException(ApiStatus.Invalid(Group, Kind, "",
            [
                StatusCause.Invalid("spec.expirationSeconds", $"{seconds}", seconds < Shortest ? "may not specify a duration less than 10 minutes" : "may not specify a duration larger than 2^32 seconds"),
            ]));
        }
        var now = time.GetUtcNow();
        json["apiVersion"] = $"{Group}/v1";
        json["kind"] = Kind;
        var metadata = json.EnsureMetadata();
        metadata["name"] = request.Name;
        metadata["namespace"] = request.Namespace;
        metadata["creationTimestamp"] = Unstructured.Timestamp(now);
        json["status"] = new JsonObject
        {
            ["token"] = tokens.Issue(account, now.AddSeconds(seconds)),
            ["expirationTimestamp"] = Unstructured.Timestamp(now.AddSeconds(seconds)),
        };
        return ApiResponse.Of(201, json);
    }
}
