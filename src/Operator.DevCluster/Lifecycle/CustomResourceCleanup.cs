using System.Text.Json.Nodes;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Lifecycle;

/// <summary>Deletes the objects of a custom resource whose definition is being deleted, then lets the definition go.</summary>
internal sealed class CustomResourceCleanup(ObjectRegistry registry, ObjectDeletion deletion, ResourceCatalog catalog)
{
    private readonly Dictionary<string, ObjectName> terminating = [];

    public void Follow(string resource, StorageEvent written)
    {
        if (written.After is not { } after)
            return;
        if (resource == CustomResourceDefinitionStrategy.StorageKey && !written.Deleted && after.Json.IsTerminating && terminating.TryAdd(after.Name.Name, after.Name))
        {
            foreach (var definition in CustomResources.DefinedBy(after.Json))
            {
                foreach (var name in registry.Store.History(definition.StorageKey).Latest.State.Keys)
                    deletion.Delete(definition, name, new());
            }
            LetGo(after.Name.Name);
        }
        else if (written.Deleted && terminating.ContainsKey(resource))
            LetGo(resource);
    }

    /// <summary>A definition is named as its objects are stored: plural and group.</summary>
    private void LetGo(string resource)
    {
        if (registry.Store.History(resource).Latest.State.Count > 0 || !terminating.Remove(resource, out var name))
            return;
        registry.Update(catalog.Find("apiextensions.k8s.io", "v1", "customresourcedefinitions")!, name, json =>
        {
            json.EnsureMetadata()["finalizers"] =
                new JsonArray([.. json.Finalizers.Where(f => f != CustomResourceDefinitionStrategy.CleanupFinalizer).Select(f => JsonValue.Create(f))]);
            return json;
        }, new() { FieldManager = "kube-apiserver" });
    }
}
