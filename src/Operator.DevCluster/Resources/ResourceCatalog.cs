using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Resources;

/// <summary>Every resource that is served now: the builtin ones, and one for each CustomResourceDefinition in the store.</summary>
public sealed class ResourceCatalog
{
    private readonly ObjectStore store;
    private ImmutableDictionary<(string Group, string Version, string Plural), ResourceDefinition> byPath;

    public ResourceCatalog(ObjectStore store)
    {
        this.store = store;
        byPath = Builtins.All.ToImmutableDictionary(r => (r.Group, r.Version, r.Plural));
        foreach (var resource in Builtins.All)
            store.History(resource.StorageKey);
        store.Committed += FollowDefinitions;
    }

    public IEnumerable<ResourceDefinition> All => byPath.Values;

    public ResourceDefinition? Find(string group, string version, string plural) => byPath.GetValueOrDefault((group, version, plural));

    /// <summary>The resource of a kind, as an ownerReference names it.</summary>
    public ResourceDefinition? OfKind(string apiVersion, string kind) =>
        byPath.Values.FirstOrDefault(r => r.GroupVersion == apiVersion && r.Kind == kind);

    /// <summary>Serves a custom resource from the very write that defines it, so that nobody has to wait for it.</summary>
    private void FollowDefinitions(string resource, StorageEvent written)
    {
        if (resource != CustomResourceDefinitionStrategy.StorageKey)
            return;
        var next = byPath;
        if (written.Before is { } before)
            next = next.RemoveRange(CustomResources.DefinedBy(before.Json).Select(r => (r.Group, r.Version, r.Plural)));
        List<ResourceDefinition> defined = written is { Deleted: false, After: { } after } ? [.. CustomResources.DefinedBy(after.Json)] : [];
        byPath = next.SetItems(defined.Select(r => KeyValuePair.Create((r.Group, r.Version, r.Plural), r)));
        foreach (var stored in defined.Where(r => r.Strategy is CustomResourceStrategy { IsStorage: true }))
            Reread(stored, written.Before?.Json.At("spec", "versions"), written.After?.Json.At("spec", "versions"));
    }

    /// <summary>What was stored under another schema is shown by the new one.</summary>
    private void Reread(ResourceDefinition resource, JsonNode? before, JsonNode? after)
    {
        if (before is null || JsonNode.DeepEquals(before, after))
            return;
        store.Reread(resource.StorageKey, json =>
        {
            resource.Strategy.Prune(json);
            resource.Strategy.Default(json);
        });
    }
}
