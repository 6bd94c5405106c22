using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Workloads;

/// <summary>Writes what a controller has found into the status of its object.</summary>
internal static class StatusWriting
{
    /// <summary>Writes only what differs, and only over what was read: counts that build on the last ones must not be lost.</summary>
    /// <returns>The object as it is then; null if it is gone.</returns>
    public static async Task<T?> WriteStatusAsync<T, TStatus>(this ResourceApi<T> api, T about, TStatus? present, TStatus next, CancellationToken cancellation)
        where T : class, IMetadata<V1ObjectMeta>
        where TStatus : class
    {
        var change = Difference((JsonObject)Kinds.ToJson(next)!, Kinds.ToJson(present) as JsonObject ?? []);
        if (change.Count == 0)
            return about;
        var metadata = about.Metadata;
        var patch = Patch.Merge(new()
        {
            ["metadata"] = new JsonObject { ["uid"] = metadata.Uid, ["resourceVersion"] = metadata.ResourceVersion },
            ["status"] = change,
        });
        return await api.PatchAsync(ObjectKey.Of(metadata), patch, "status", cancellation) switch
        {
            ApiResult<T>.NotFound or ApiResult<T>.Invalid => null,
            var result => result.RequiredOf(about),
        };
    }

    private static JsonObject Difference(JsonObject next, JsonObject present)
    {
        JsonObject change = [];
        foreach (var (key, value) in next)
        {
            if (value is JsonObject inner && present[key] is JsonObject before)
            {
                if (Difference(inner, before) is { Count: > 0 } within)
                    change[key] = within;
            }
            else if (!JsonNode.DeepEquals(value, present[key]))
                change[key] = value?.DeepClone();
        }
        foreach (var (key, _) in present.Where(p => !next.ContainsKey(p.Key)))
            change[key] = null;
        return change;
    }
}
