using System.Text.Json.Nodes;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Lifecycle;

/// <summary>Deletes what no owner holds any more, by the UIDs in <c>metadata.ownerReferences</c>, and does Foreground and Orphan deletions.</summary>
internal sealed class GarbageCollector(ObjectRegistry registry, ObjectDeletion deletion, ResourceCatalog catalog)
{
    private static readonly WriteOptions Writes = new() { FieldManager = "kube-controller-manager" };

    private readonly Dictionary<string, Item> alive = [];
    private readonly Dictionary<string, HashSet<Item>> dependents = [];

    private readonly record struct Item(string Resource, ObjectName Name);

    public void Follow(string resource, StorageEvent written)
    {
        if (written.After is not { } after)
            return;
        Item item = new(resource, after.Name);
        foreach (string owner in OwnersOf(written.Before))
            dependents.GetValueOrDefault(owner)?.Remove(item);
        if (written.Deleted)
        {
            alive.Remove(after.Json.Uid);
            foreach (var dependent in dependents.Remove(after.Json.Uid, out var left) ? left : [])
                Collect(dependent, gone: after.Json.Uid);
            foreach (string owner in OwnersOf(after))
                FinishOwner(owner);
            return;
        }
        alive[after.Json.Uid] = item;
        foreach (string owner in OwnersOf(after))
        {
            if (!dependents.TryGetValue(owner, out var siblings))
                dependents[owner] = siblings = [];
            siblings.Add(item);
        }
        Collect(item);
        if (after.Json.IsTerminating)
            FinishOwner(after.Json.Uid);
    }

    private static IEnumerable<string> OwnersOf(StoredObject? stored) =>
        stored?.Json.OwnerReferences?.OfType<JsonObject>().Select(r => r.Text("uid") ?? "") ?? [];

    /// <summary>Deletes an object that has owners in its metadata but none in the cluster; drops the references to absent ones otherwise.</summary>
    private void Collect(Item item, string? gone = null)
    {
        if (Find(item) is not { } found || found.Object.Json.OwnerReferences is not { Count: > 0 } references)
            return;
        var (definition, stored) = found;
        var solid = references.OfType<JsonObject>().Where(r => r.Text("uid") != gone && IsSolid(r, stored.Name)).Select(r => r.Text("uid")).ToHashSet();
        if (solid.Count == references.Count || (solid.Count == 0 && stored.Json.IsTerminating))
            return;
        Tolerate(() =>
        {
            if (solid.Count > 0)
                KeepOwners(definition, stored, uid => solid.Contains(uid));
            else
                deletion.Delete(definition, stored.Name, new() { Uid = stored.Json.Uid });
        });
    }

    /// <summary>
    /// Whether an owner holds its dependents: it exists in reach, and is not itself waiting for them to go. Asked of the
    /// store, as kube-controller-manager asks the API server: what has been followed so far lags behind. Of a kind that is
    /// not served nobody can say that it is absent.
    /// </summary>
    private bool IsSolid(JsonObject reference, ObjectName dependent)
    {
        if (catalog.OfKind(reference.Text("apiVersion") ?? "", reference.Text("kind") ?? "") is not { } definition)
            return true;
        ObjectName name = new(definition.Namespaced ? dependent.Namespace : "", reference.Text("name") ?? "");
        return registry.Store.Get(definition.StorageKey, name) is { } owner
            && owner.Json.Uid == reference.Text("uid")
            && !(owner.Json.IsTerminating && owner.Json.Finalizers.Contains(ObjectDeletion.ForegroundFinalizer));
    }

    /// <summary>Goes on with the deletion of an owner that waits for its dependents to be gone or orphaned.</summary>
    private void FinishOwner(string uid)
    {
        if (!alive.TryGetValue(uid, out var owner) || Find(owner) is not { } found || !found.Object.Json.IsTerminating)
            return;
        List<Item> owned = [.. dependents.GetValueOrDefault(uid, [])];
        if (found.Object.Json.Finalizers.Contains(ObjectDeletion.ForegroundFinalizer))
        {
            owned.ForEach(d => Collect(d));
            if (!owned.Any(d => Blocks(d, uid)))
                RemoveFinalizer(found, ObjectDeletion.ForegroundFinalizer);
        }
        else if (found.Object.Json.Finalizers.Contains(ObjectDeletion.OrphanFinalizer))
        {
            foreach (var dependent in owned)
            {
                if (Find(dependent) is { } orphan)
                    Tolerate(() => KeepOwners(orphan.Definition, orphan.Object, other => other != uid));
            }
            RemoveFinalizer(found, ObjectDeletion.OrphanFinalizer);
        }
    }

    private bool Blocks(Item dependent, string owner) =>
        Find(dependent)?.Object.Json.OwnerReferences?.OfType<JsonObject>().Any(r => r.Text("uid") == owner && r.Flag("blockOwnerDeletion")) ?? false;

    private (ResourceDefinition Definition, StoredObject Object)? Find(Item item) =>
        registry.Store.Get(item.Resource, item.Name) is { } stored && catalog.OfKind(stored.Json.ApiVersion, stored.Json.Kind) is { } definition
            ? (definition, stored)
            : null;

    private void KeepOwners(ResourceDefinition definition, StoredObject stored, Func<string?, bool> keep) =>
        registry.Update(definition, stored.Name, json =>
        {
            var kept = (json.OwnerReferences ?? []).OfType<JsonObject>().Where(r => keep(r.Text("uid"))).Select(r => (JsonNode?)r.DeepClone()).ToArray();
            if (kept.Length == 0)
                json.EnsureMetadata().Remove("ownerReferences");
            else
                json.EnsureMetadata()["ownerReferences"] = new JsonArray(kept);
            return json;
        }, Writes);

    private void RemoveFinalizer((ResourceDefinition Definition, StoredObject Object) owner, string finalizer) =>
        Tolerate(() => registry.Update(owner.Definition, owner.Object.Name, json =>
        {
            json.EnsureMetadata()["finalizers"] = new JsonArray([.. json.Finalizers.Where(f => f != finalizer).Select(f => JsonValue.Create(f))]);
            return json;
        }, Writes));

    /// <summary>What is gone meanwhile, or another object of the same name, is no concern of ours.</summary>
    private static void Tolerate(Action write)
    {
        try
        {
            write();
        }
        catch (StatusException refused) when (refused.Status.Code is 404 or 409)
        {
            // The commit that made it so follows in the queue.
        }
    }
}
