using System.Text.Json.Nodes;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>delete and deletecollection.</summary>
internal sealed class Deleting(ObjectRegistry registry, ObjectDeletion deletion)
{
    public ApiResponse Delete(ApiRequest request)
    {
        var result = deletion.Delete(request.Target, new(request.Namespace, request.Name), Options(request));
        return result.Gone && !request.Target.Strategy.ReturnsDeletedObject
            ? ApiResponse.Of(new(200, "", "") { Group = request.Group, Kind = request.Resource, Name = request.Name, Uid = result.Stored.Json.Uid })
            : ApiResponse.Of(200, result.Stored);
    }

    public ApiResponse DeleteCollection(ApiRequest request)
    {
        Selection selection = new(request);
        var options = Options(request);
        JsonArray deleted = [];
        var (latest, revision) = registry.Store.Snapshot(request.Target.StorageKey);
        foreach (var stored in latest.State.Values.Where(selection.Includes))
        {
            if (registry.Store.Get(request.Target.StorageKey, stored.Name) is not null)
                deleted.Add(deletion.Delete(request.Target, stored.Name, options).Stored.Json.DeepClone());
        }
        return ApiResponse.Of(200, new JsonObject
        {
            ["kind"] = request.Target.Kind + "List",
            ["apiVersion"] = request.Target.GroupVersion,
            ["metadata"] = new JsonObject { ["resourceVersion"] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture) },
            ["items"] = deleted,
        });
    }

    /// <summary>From the body (DeleteOptions), else from the query.</summary>
    private static DeleteOptions Options(ApiRequest request)
    {
        var body = request.RequestBody as JsonObject ?? [];
        return new()
        {
            Uid = body.At("preconditions", "uid")?.GetValue<string>(),
            ResourceVersion = body.At("preconditions", "resourceVersion")?.GetValue<string>(),
            GracePeriodSeconds = body.Number("gracePeriodSeconds") ?? (long.TryParse(request.Parameter("gracePeriodSeconds"), out long grace) ? grace : null),
            PropagationPolicy = body.Text("propagationPolicy") ?? request.Parameter("propagationPolicy") ?? (body.Flag("orphanDependents") ? "Orphan" : null),
            DryRun = request.DryRun || (body["dryRun"] is JsonArray dryRun && dryRun.Any(d => d?.GetValue<string>() == "All")),
        };
    }
}
