using System.Text.Json.Nodes;
using Operator.DevCluster.Patches;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>The options of writes and deletions, refused where they make no sense (k8s.io/apimachinery's validation of them).</summary>
internal static class RequestOptions
{
    /// <summary>CreateOptions, UpdateOptions or PatchOptions, from the query.</summary>
    public static WriteOptions Write(ApiRequest request)
    {
        string kind = request.Verb switch { "create" => "CreateOptions", "update" => "UpdateOptions", _ => "PatchOptions" };
        Refuse(kind, [.. request.Verb == "patch" ? Patch(request) : [], .. DryRun(request.DryRunValues), .. FieldValidation(request)]);
        return new()
        {
            FieldManager = request.FieldManager,
            DryRun = request.DryRunValues.Count > 0,
            Subresource = request.Subresource,
            UnknownFields = UnknownFields.Of(request),
        };
    }

    /// <summary>DeleteOptions: the body where there is one, else the query, never both.</summary>
    public static DeleteOptions Delete(ApiRequest request) => request.Body.IsEmpty
        ? Delete(FromQuery(request))
        : Delete(request.RequestBody as JsonObject ?? throw new StatusException(ApiStatus.BadRequest("decoded object cannot be converted to DeleteOptions")));

    public static DeleteOptions Delete(JsonObject options)
    {
        IReadOnlyList<string> dryRun = options["dryRun"] is JsonArray values ? [.. values.Select(v => v?.ToString() ?? "")] : [];
        string? policy = options.Text("propagationPolicy");
        Refuse("DeleteOptions", [.. Propagation(policy, options.ContainsKey("orphanDependents")), .. DryRun(dryRun)]);
        return new()
        {
            Uid = options.At("preconditions", "uid")?.GetValue<string>(),
            ResourceVersion = options.At("preconditions", "resourceVersion")?.GetValue<string>(),
            GracePeriodSeconds = options.Number("gracePeriodSeconds"),
            PropagationPolicy = policy ?? (options.Flag("orphanDependents") ? "Orphan" : null),
            DryRun = dryRun.Count > 0,
        };
    }

    private static JsonObject FromQuery(ApiRequest request)
    {
        JsonObject options = [];
        if (request.DryRunValues.Count > 0)
            options["dryRun"] = new JsonArray([.. request.DryRunValues.Select(v => JsonValue.Create(v))]);
        if (request.Parameter("propagationPolicy") is { } policy)
            options["propagationPolicy"] = policy;
        if (request.Parameter("orphanDependents") is not null)
            options["orphanDependents"] = request.Flag("orphanDependents");
        if (long.TryParse(request.Parameter("gracePeriodSeconds"), out long grace))
            options["gracePeriodSeconds"] = grace;
        return options;
    }

    private static IEnumerable<StatusCause> Patch(ApiRequest request)
    {
        if (request.ContentType == PatchType.Apply && request.Parameter("fieldManager") is null)
            yield return StatusCause.Required("fieldManager", "is required for apply patch");
        if (request.ContentType != PatchType.Apply && request.Parameter("force") is not null)
            yield return StatusCause.Forbidden("force", "may not be specified for non-apply patch");
    }

    private static IEnumerable<StatusCause> DryRun(IReadOnlyList<string> values) => values.All(v => v == "All")
        ? []
        : [StatusCause.NotSupported("dryRun", $"[{string.Join(",", values.Select(v => $"\"{v}\""))}]", "All")];

    private static IEnumerable<StatusCause> FieldValidation(ApiRequest request) => request.Parameter("fieldValidation") is not (null or "Ignore" or "Warn" or "Strict")
        ? [StatusCause.NotSupported("fieldValidation", $"\"{request.Parameter("fieldValidation")}\"", "", "Ignore", "Strict", "Warn")]
        : [];

    private static IEnumerable<StatusCause> Propagation(string? policy, bool orphanDependents)
    {
        if (policy is not null && orphanDependents)
            yield return StatusCause.Invalid("propagationPolicy", $"\"{policy}\"", "orphanDependents and deletionPropagation cannot be both set");
        if (policy is not (null or "Foreground" or "Background" or "Orphan"))
            yield return StatusCause.NotSupported("propagationPolicy", $"\"{policy}\"", "Foreground", "Background", "Orphan", "nil");
    }

    private static void Refuse(string kind, IReadOnlyList<StatusCause> causes)
    {
        if (causes.Count > 0)
            throw new StatusException(ApiStatus.Invalid("meta.k8s.io", kind, "", causes));
    }
}
