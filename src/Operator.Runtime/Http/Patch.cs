using System.Text;
using System.Text.Json.Nodes;

namespace Operator.Runtime;

/// <summary>A change to an object, in one of the API server's patch formats.</summary>
public sealed record Patch
{
    private Patch(string contentType, JsonNode body)
    {
        ContentType = contentType;
        Body = Encoding.UTF8.GetBytes(body.ToJsonString());
    }

    public string ContentType { get; }

    public byte[] Body { get; }

    /// <summary>Server-side apply only: take fields that another manager owns.</summary>
    public bool Force { get; private init; }

    /// <summary>The server answers as if it had done it, admission and all, and stores nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>RFC 6902. A failed `test` refuses the whole patch with <see cref="ApiResult{T}.Invalid"/>.</summary>
    public static Patch Json(JsonArray operations) => new("application/json-patch+json", operations);

    /// <summary>RFC 7386. A uid or resourceVersion in its metadata is a precondition.</summary>
    public static Patch Merge(JsonObject change) => new("application/merge-patch+json", change);

    /// <summary>Server-side apply: the whole of what this field manager wants (JSON is YAML).</summary>
    public static Patch Apply(JsonObject desired, bool force) => new("application/apply-patch+yaml", desired) { Force = force };
}

/// <summary>The terms of a deletion. Without the UID a name reused by an innocent object would be deleted in its place.</summary>
public sealed record Deletion
{
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }
    public int? GracePeriodSeconds { get; init; }
    public string? PropagationPolicy { get; init; }

    internal JsonObject ToJson()
    {
        var options = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (Uid is not null || ResourceVersion is not null)
        {
            var preconditions = new JsonObject();
            if (Uid is not null)
                preconditions["uid"] = Uid;
            if (ResourceVersion is not null)
                preconditions["resourceVersion"] = ResourceVersion;
            options["preconditions"] = preconditions;
        }
        if (GracePeriodSeconds is { } grace)
            options["gracePeriodSeconds"] = grace;
        if (PropagationPolicy is not null)
            options["propagationPolicy"] = PropagationPolicy;
        return options;
    }
}
