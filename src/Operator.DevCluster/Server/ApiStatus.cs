using System.Text.Json.Nodes;

namespace Operator.DevCluster.Server;

/// <summary>A metav1.Status: how every error leaves the server.</summary>
public sealed record ApiStatus(int Code, string Reason, string Message)
{
    public string? Group { get; init; }
    public string? Kind { get; init; }
    public string? Name { get; init; }
    public string? Uid { get; init; }
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Where an expired list goes on, if anywhere.</summary>
    public string? Continue { get; init; }
    public IReadOnlyList<StatusCause> Causes { get; init; } = [];

    public static ApiStatus NotFound(GroupResource resource, string name) =>
        new(404, "NotFound", $"{resource} \"{name}\" not found") { Group = resource.Group, Kind = resource.Resource, Name = name };

    public static ApiStatus NoSuchPath { get; } = new(404, "NotFound", "the server could not find the requested resource");

    public static ApiStatus AlreadyExists(GroupResource resource, string name) =>
        new(409, "AlreadyExists", $"{resource} \"{name}\" already exists") { Group = resource.Group, Kind = resource.Resource, Name = name };

    /// <summary>The server found no name that is free.</summary>
    public static ApiStatus NameNotGenerated(GroupResource resource, string name) =>
        AlreadyExists(resource, name) with
        {
            Message = $"{resource} \"{name}\" already exists, the server was not able to generate a unique name for the object",
            RetryAfterSeconds = 1,
        };

    public static ApiStatus Conflict(GroupResource resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {resource} \"{name}\": {why}") { Group = resource.Group, Kind = resource.Resource, Name = name };

    public static ApiStatus Forbidden(GroupResource resource, string name, string why) =>
        new(403, "Forbidden", $"{resource} \"{name}\" is forbidden: {why}") { Group = resource.Group, Kind = resource.Resource, Name = name };

    public static ApiStatus Unauthorized { get; } = new(401, "Unauthorized", "Unauthorized");

    public static ApiStatus BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiStatus Expired(string message) => new(410, "Expired", message);

    public static ApiStatus MethodNotAllowed { get; } =
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

    public static ApiStatus UnsupportedMediaType(string accepted) => new(
        415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: {accepted}");

    public static ApiStatus InternalError(string why) => new(500, "InternalError", $"Internal error occurred: {why}") { Causes = [new("", why, "")] };

    /// <summary>What a real server does and this one does not.</summary>
    public static ApiStatus NotImplemented(string what) => new(501, "NotImplemented", what);

    /// <summary>An error that nobody gave a reason.</summary>
    public static ApiStatus Unknown(string message) => new(500, "", message);

    public static ApiStatus TooManyRequests(string message, int retryAfterSeconds) =>
        new(429, "TooManyRequests", message) { RetryAfterSeconds = retryAfterSeconds > 0 ? retryAfterSeconds : null };

    /// <summary>422, one cause a field, worded as apimachinery's errors.NewInvalid does.</summary>
    public static ApiStatus Invalid(string group, string kind, string name, IReadOnlyList<StatusCause> causes)
    {
        var messages = causes.Select(c => $"{c.Field}: {c.Message}").ToList();
        string detail = messages is [var only] ? only : $"[{string.Join(", ", messages)}]";
        string qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        return new(422, "Invalid", $"{qualified} \"{name}\" is invalid: {detail}") { Group = group, Kind = kind, Name = name, Causes = causes };
    }

    public JsonObject ToJson()
    {
        JsonObject details = [];
        void Detail(string key, JsonNode? value)
        {
            if (value is not null)
                details[key] = value;
        }

        Detail("name", Name is "" ? null : Name);
        Detail("group", Group is "" ? null : Group);
        Detail("kind", Kind);
        Detail("uid", Uid);
        if (Causes.Count > 0)
            details["causes"] = new JsonArray([.. Causes.Select(c => c.ToJson())]);
        Detail("retryAfterSeconds", RetryAfterSeconds);
        JsonObject status = new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = Continue is null ? [] : new JsonObject { ["continue"] = Continue },
            ["status"] = Code < 400 ? "Success" : "Failure",
        };
        if (Message.Length > 0)
            status["message"] = Message;
        if (Reason.Length > 0)
            status["reason"] = Reason;
        if (details.Count > 0)
            status["details"] = details;
        if (Code != 200)
            status["code"] = Code;
        return status;
    }
}

/// <summary>One entry of <c>status.details.causes</c>.</summary>
public sealed record StatusCause(string Reason, string Message, string Field)
{
    public static StatusCause Invalid(string field, string value, string why) => new("FieldValueInvalid", $"Invalid value: {value}: {why}", field);

    public static StatusCause Required(string field, string why = "") =>
        new("FieldValueRequired", why.Length == 0 ? "Required value" : $"Required value: {why}", field);

    public static StatusCause Forbidden(string field, string why) => new("FieldValueForbidden", $"Forbidden: {why}", field);

    public static StatusCause NotSupported(string field, string value, params IEnumerable<string> supported) =>
        new("FieldValueNotSupported", $"Unsupported value: {value}: supported values: {string.Join(", ", supported.Select(s => $"\"{s}\""))}", field);

    public JsonObject ToJson()
    {
        JsonObject cause = [];
        foreach (var (key, text) in (ReadOnlySpan<(string, string)>)[("reason", Reason), ("message", Message), ("field", Field)])
        {
            if (text.Length > 0)
                cause[key] = text;
        }
        return cause;
    }
}

/// <summary>A resource as error messages name it: <c>deployments.apps</c>.</summary>
public readonly record struct GroupResource(string Group, string Resource)
{
    public override string ToString() => Group.Length == 0 ? Resource : $"{Resource}.{Group}";
}

/// <summary>A kind as error messages name it: <c>apps/v1, Kind=Deployment</c>; without a group <c>/v1, Kind=Pod</c>.</summary>
public readonly record struct GroupVersionKind(string GroupVersion, string Kind)
{
    public static GroupVersionKind Of(JsonObject json) => new(json.ApiVersion, json.Kind);

    public override string ToString() => $"{(GroupVersion.Contains('/', StringComparison.Ordinal) ? "" : "/")}{GroupVersion}, Kind={Kind}";
}

/// <summary>Refuses a request. It is thrown anywhere below the server and becomes the response in one place.</summary>
public sealed class StatusException(ApiStatus status) : Exception(status.Message)
{
    public ApiStatus Status { get; } = status;
}
