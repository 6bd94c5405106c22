using System.Text.Json.Nodes;
using Operator.DevCluster.Authentication;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>The reviews of authorization.k8s.io and authentication.k8s.io: questions about who may do what, and who asks. Nothing is stored.</summary>
internal sealed class AccessReviews(Authorizer authorizer)
{
    public ApiResponse Create(ApiRequest request)
    {
        var json = request.RequireObject().Clone();
        Writing.Place(json, request);
        var user = request.User;
        json["status"] = request.Target.Kind switch
        {
            "SelfSubjectAccessReview" => Access(user, json, request),
            "SubjectAccessReview" => Access(Subject(json, request), json, request),
            "SelfSubjectRulesReview" => Rules(user, json),
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = UserJson(user) },
            var kind => throw new StatusException(ApiStatus.InternalError($"{kind} is no review")),
        };
        return ApiResponse.Of(201, json);
    }

    private JsonObject Access(UserInfo user, JsonObject json, ApiRequest request)
    {
        var (resource, other) = (json.At("spec", "resourceAttributes") as JsonObject, json.At("spec", "nonResourceAttributes") as JsonObject);
        if (resource is null == other is null)
        {
            throw Invalid(request, resource is null
                ? StatusCause.Invalid("spec.resourceAttributes", "null", "exactly one of nonResourceAttributes or resourceAttributes must be specified")
                : StatusCause.Invalid("spec.nonResourceAttributes", other!.ToJsonString(), "cannot be specified in combination with resourceAttributes"));
        }
        string Text(string key) => (resource ?? other!).Text(key) ?? "";
        var decision = authorizer.Authorize(user, resource is null
            ? new() { Verb = Text("verb"), Path = Text("path") }
            : new()
            {
                Verb = Text("verb"),
                Group = Text("group"),
                Resource = Text("resource"),
                Subresource = Text("subresource"),
                Namespace = Text("namespace"),
                Name = Text("name"),
            });
        JsonObject status = new() { ["allowed"] = decision.Allowed };
        if (decision.Reason.Length > 0)
            status["reason"] = decision.Reason;
        return status;
    }

    private static UserInfo Subject(JsonObject json, ApiRequest request)
    {
        var groups = json.At("spec", "groups") is JsonArray list ? list.Select(g => g!.GetValue<string>()).ToList() : [];
        string user = json.TextAt("spec", "user");
        return user.Length == 0 && groups.Count == 0
            ? throw Invalid(request, StatusCause.Invalid("spec.user", "\"\"", "at least one of user or group must be specified"))
            : new(user, groups);
    }

    private JsonObject Rules(UserInfo user, JsonObject json)
    {
        if (json.TextAt("spec", "namespace") is not { Length: > 0 } space)
            throw new StatusException(ApiStatus.BadRequest("no namespace on request"));
        var (found, errors) = authorizer.RulesFor(user, space);
        var rules = found.ConvertAll(r => r.Rule);
        JsonObject status = new()
        {
            ["resourceRules"] = new JsonArray([.. rules.Where(r => r.Resources.Count > 0).Select(r => new JsonObject
            {
                ["verbs"] = Strings(r.Verbs),
                ["apiGroups"] = Strings(r.ApiGroups),
                ["resources"] = Strings(r.Resources),
                ["resourceNames"] = Strings(r.ResourceNames),
            })]),
            ["nonResourceRules"] = new JsonArray([.. rules.Where(r => r.NonResourceUrls.Count > 0).Select(r => new JsonObject
            {
                ["verbs"] = Strings(r.Verbs),
                ["nonResourceURLs"] = Strings(r.NonResourceUrls),
            })]),
            ["incomplete"] = false,
        };
        if (errors.Count > 0)
            status["evaluationError"] = string.Join(", ", errors);
        return status;
    }

    private static JsonObject UserJson(UserInfo user)
    {
        JsonObject json = new() { ["username"] = user.Name, ["groups"] = Strings(user.Groups) };
        if (user.Uid.Length > 0)
            json["uid"] = user.Uid;
        return json;
    }

    private static StatusException Invalid(ApiRequest request, StatusCause cause) => new(ApiStatus.Invalid(request.Group, request.Target.Kind, "", [cause]));

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => JsonValue.Create(v))]);
}
