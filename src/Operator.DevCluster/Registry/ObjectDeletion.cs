using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Registry;

/// <summary>Deletes objects: preconditions, grace, finalizers, propagation (rest.BeforeDelete and Store.Delete of k8s.io/apiserver).</summary>
public sealed class ObjectDeletion(ObjectRegistry registry, TimeProvider time)
{
    internal const string OrphanFinalizer = "orphan";
    internal const string ForegroundFinalizer = "foregroundDeletion";

    public DeleteResult Delete(ResourceDefinition resource, ObjectName name, DeleteOptions options)
    {
        while (true)
        {
            var current = registry.Get(resource, name);
            CheckPreconditions(resource, current.Json, options);
            if (TryDelete(resource, name, current, options) is { } result)
                return result;
        }
    }

    /// <returns>Null if somebody else wrote the object meanwhile.</returns>
    private DeleteResult? TryDelete(ResourceDefinition resource, ObjectName name, StoredObject current, DeleteOptions options)
    {
        var next = current.Json.Clone();
        Grace grace = StartGrace(resource, next, options);
        if (grace == Grace.Running)
            return new(current, Gone: false);

        SetPropagation(next, options.PropagationPolicy);
        bool waitsForFinalizers = next.Finalizers.Any() || resource.Strategy.HoldsDeletion(next);
        if (grace == Grace.None && waitsForFinalizers)
            MarkDeleting(next);
        resource.Strategy.PrepareForDelete(next);
        bool stays = waitsForFinalizers || (grace == Grace.Started && next.Metadata?.Number("deletionGracePeriodSeconds") > 0);
        if (options.DryRun)
            return new(new(next, current.Revision), Gone: !stays);

        // A graceful deletion is always written first, even with a grace of zero: watchers see MODIFIED, then DELETED.
        if ((grace == Grace.Started || waitsForFinalizers) && !JsonNode.DeepEquals(next, current.Json))
        {
            if (registry.Store.TryCommit(resource.StorageKey, name, current, next) is not { } marked)
                return null;
            current = marked;
        }
        if (stays)
            return new(current, Gone: false);
        return registry.Store.TryCommit(resource.StorageKey, name, current, null) is { } last ? new(last, Gone: true) : null;
    }

    private enum Grace
    {
        /// <summary>This resource or this object knows no grace.</summary>
        None,

        /// <summary>This call started or shortened it.</summary>
        Started,

        /// <summary>It runs already and is not longer than what is asked for now.</summary>
        Running,
    }

    private Grace StartGrace(ResourceDefinition resource, JsonObject json, DeleteOptions options)
    {
        if (!resource.Strategy.DeletesGracefully)
            return Grace.None;
        var metadata = json.EnsureMetadata();
        var now = time.GetUtcNow();
        if (json.IsTerminating)
        {
            if (metadata.Number("deletionGracePeriodSeconds") is not (> 0 and var running))
                return Grace.None;
            if (options.GracePeriodSeconds is not { } asked || asked >= running)
                return Grace.Running;
            var shortened = Unstructured.ParseTimestamp(metadata.Text("deletionTimestamp"))!.Value.AddSeconds(asked - running);
            if (shortened < now)
                (shortened, asked) = (now, asked == 0 ? 0 : 1);
            metadata["deletionTimestamp"] = Unstructured.Timestamp(shortened);
            metadata["deletionGracePeriodSeconds"] = asked;
            return Grace.Started;
        }
        long period = resource.Strategy.GracePeriodSeconds(json, options.GracePeriodSeconds);
        metadata["deletionTimestamp"] = Unstructured.Timestamp(now.AddSeconds(period));
        metadata["deletionGracePeriodSeconds"] = period;
        if (json.Generation > 0)
            metadata["generation"] = json.Generation + 1;
        return Grace.Started;
    }

    private void MarkDeleting(JsonObject json)
    {
        var metadata = json.EnsureMetadata();
        if (!json.IsTerminating)
        {
            if (json.Generation > 0)
                metadata["generation"] = json.Generation + 1;
            metadata["deletionTimestamp"] = Unstructured.Timestamp(time.GetUtcNow());
        }
        metadata["deletionGracePeriodSeconds"] = 0;
    }

    /// <summary>The propagation policy lives on as a finalizer, which the garbage collector takes away when it is done.</summary>
    private static void SetPropagation(JsonObject json, string? policy)
    {
        var wanted = policy switch
        {
            "Orphan" => [OrphanFinalizer],
            "Foreground" => [ForegroundFinalizer],
            "Background" => [],
            _ => json.Finalizers.Where(IsPropagation),
        };
        List<string> finalizers = [.. json.Finalizers.Where(f => !IsPropagation(f)), .. wanted];
        if (finalizers.Count == 0)
            json.EnsureMetadata().Remove("finalizers");
        else
            json.EnsureMetadata()["finalizers"] = new JsonArray([.. finalizers.Select(f => JsonValue.Create(f))]);
    }

    private static bool IsPropagation(string finalizer) => finalizer is OrphanFinalizer or ForegroundFinalizer;

    /// <summary>These conflicts name the kind, where all others name the resource.</summary>
    internal static void CheckPreconditions(ResourceDefinition resource, JsonObject json, DeleteOptions options)
    {
        GroupResource kind = new(resource.Group, resource.Kind);
        if (options.Uid is { } uid && uid != json.Uid)
        {
            throw new StatusException(ApiStatus.Conflict(
                kind, json.Name,
                $"the UID in the precondition ({uid}) does not match the UID in record ({json.Uid}). The object might have been deleted and then recreated"));
        }
        if (options.ResourceVersion is { } version && version != json.ResourceVersion)
        {
            throw new StatusException(ApiStatus.Conflict(
                kind, json.Name,
                $"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({json.ResourceVersion}). The object might have been modified"));
        }
    }
}
