using System.Text.Json.Nodes;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Lifecycle;

/// <summary>Empties a namespace that is being deleted, and lets it go once nothing is left in it.</summary>
internal sealed class NamespaceTermination(ObjectRegistry registry, ObjectDeletion deletion, ResourceCatalog catalog)
{
    private static readonly WriteOptions Writes = new() { FieldManager = "kube-controller-manager", Subresource = "finalize" };

    private readonly HashSet<string> terminating = [];

    public void Follow(string resource, StorageEvent written)
    {
        if (written.After is not { } after)
            return;
        if (resource == "namespaces")
        {
            if (written.Deleted)
                terminating.Remove(after.Name.Name);
            else if (after.Json.IsTerminating && terminating.Add(after.Name.Name))
                Empty(after.Name.Name);
        }
        else if (written.Deleted && terminating.Contains(after.Name.Namespace) && !Content(after.Name.Namespace).Any())
            LetGo(after.Name.Namespace);
    }

    private void Empty(string space)
    {
        foreach (var (definition, stored) in Content(space).ToList())
        {
            try
            {
                deletion.Delete(definition, stored.Name, new() { PropagationPolicy = "Background" });
            }
            catch (StatusException refused) when (refused.Status.Code == 404)
            {
                // Its owner's end took it.
            }
        }
        if (!Content(space).Any())
            LetGo(space);
    }

    private IEnumerable<(ResourceDefinition Definition, StoredObject Stored)> Content(string space) =>
        from definition in catalog.All
        where definition.Namespaced
        from stored in registry.Store.History(definition.StorageKey).Latest.State
        where stored.Key.Namespace == space
        select (definition, stored.Value);

    private void LetGo(string space)
    {
        var definition = catalog.Find("", "v1", "namespaces")!;
        if (registry.Store.Get(definition.StorageKey, new("", space)) is null)
            return;
        registry.Update(definition, new("", space), json =>
        {
            json.Ensure("spec")["finalizers"] = new JsonArray();
            return json;
        }, Writes);
    }
}
