using System.Text.Json.Nodes;
using Operator.DevCluster.ManagedFields;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Registry;

/// <summary>Keeps <c>metadata.managedFields</c> up to date with every write: whoever changes a field owns it from then on.</summary>
internal static class FieldOwnership
{
    public static void Created(JsonObject json, ResourceDefinition resource, WriteOptions options, DateTimeOffset now)
    {
        if (options.IsApply)
            return;
        var managed = ManagedFieldsList.TakeFrom(json);
        // What a strategy fills in is nobody's: the status of what is new, above all.
        JsonObject before = resource.HasStatus && json["status"] is { } status ? new() { ["status"] = status.DeepClone() } : [];
        Track(json, before, managed is { Entries.Count: > 0 } ? managed : new([]), resource, options, now);
    }

    public static void Updated(JsonObject json, JsonObject old, ResourceDefinition resource, WriteOptions options, DateTimeOffset now)
    {
        // Nobody owns the node of a pod, nor that it is evicted: both are written below where fields are tracked.
        if (options.IsApply || options.Subresource is "binding" or "eviction")
            return;
        // Whoever writes a subresource cannot set them, but most often sends what he got.
        bool isAccepted = options.Subresource.Length == 0 || JsonNode.DeepEquals(json.Metadata?["managedFields"], old.Metadata?["managedFields"]);
        var managed = ManagedFieldsList.TakeFrom(json) is { } sent && isAccepted ? sent : Present(old);
        if (managed.Entries.Count > 0)
            Track(json, old, managed, resource, options, now);
    }

    private static void Track(
        JsonObject json, JsonObject old, ManagedFieldsList managed, ResourceDefinition resource, WriteOptions options, DateTimeOffset now)
    {
        var comparison = Comparison.Of(old, json, resource.FieldType);
        if (!comparison.IsEmpty)
        {
            FieldManager manager = new(options.FieldManager, FieldManager.Update, resource.GroupVersion, options.Subresource);
            var own = managed.Find(manager) is { } entry ? ManagedFieldsList.Fields(entry).Clone() : [];
            foreach (var other in managed.Except(manager))
            {
                FieldSet.Subtract(ManagedFieldsList.Fields(other), comparison.Changed);
                FieldSet.Subtract(ManagedFieldsList.Fields(other), comparison.Removed);
            }
            FieldSet.Subtract(own, comparison.Removed);
            FieldSet.Add(own, comparison.Changed);
            managed.Set(manager, own, Unstructured.Timestamp(now));
        }
        managed.WriteTo(json);
    }

    private static ManagedFieldsList Present(JsonObject old) =>
        new((old.Metadata?["managedFields"] as JsonArray ?? []).OfType<JsonObject>().Select(e => e.Clone()));
}
