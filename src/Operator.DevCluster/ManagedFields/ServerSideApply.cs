using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.ManagedFields;

/// <summary>Server-side apply: one manager's configuration becomes part of an object, and what it no longer says goes.</summary>
internal sealed class ServerSideApply(JsonObject configuration, FieldManager manager, FieldType type, TimeProvider time)
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Who owns what stood in an object before anybody was tracked.</summary>
    private const string BeforeFirstApply = "before-first-apply";

    /// <summary>Takes fields from whoever owns them instead of refusing.</summary>
    public bool Force { get; init; }

    /// <summary>The fields of a configuration that are written at all: of the object all but the status, of the status nothing else.</summary>
    public required Func<string, bool> Writes { get; init; }

    /// <param name="live">The present object, or an empty one; it is changed.</param>
    public JsonObject Apply(JsonObject live)
    {
        var managed = ManagedFieldsList.TakeFrom(live) ?? new([]);
        var before = live.Clone();
        if (managed.Entries.Count == 0 && live.Uid.Length > 0)
        {
            managed.Set(
                manager with { Name = BeforeFirstApply, Operation = FieldManager.Update, Subresource = "" }, Comparison.Of([], before, type).Changed, Now());
        }

        var (last, lastTime) = managed.Find(manager) is { } entry ? (ManagedFieldsList.Fields(entry), entry.Text("time")) : (null, null);
        var fields = Configuration.Fields(configuration, type);
        foreach (var (element, _) in FieldSet.Children(fields).Where(c => !Writes(c.Key[2..])).ToList())
            fields.Remove(element);
        ConfigurationMerge.Into(live, configuration, type);
        managed.Set(manager, fields, lastTime);
        if (last is not null)
            Pruning.Prune(live, last, Owned(managed), type);

        var comparison = Comparison.Of(before, live, type);
        TakeOver(managed, comparison, before);
        if (!comparison.IsEmpty)
            managed.Set(manager, fields.Clone(), Now());
        if (manager.Name == "kubectl" && live.Annotations is { } annotations && annotations.ContainsKey(LastApplied))
            annotations[LastApplied] = WithoutLastApplied().ToJsonString(JsonText.Options) + "\n";
        managed.WriteTo(live);
        return live;
    }

    private static JsonObject Owned(ManagedFieldsList managed)
    {
        var owned = managed.Union();
        // Every configuration has the name in it, which no manager is said to own.
        FieldSet.Insert(owned, [FieldPath.Field("metadata")]);
        return owned;
    }

    private void TakeOver(ManagedFieldsList managed, Comparison comparison, JsonObject before)
    {
        Dictionary<JsonObject, JsonObject> conflicts = [];
        foreach (var other in managed.Except(manager))
        {
            if (FieldSet.Intersect(ManagedFieldsList.Fields(other), comparison.Changed) is { Count: > 0 } taken)
                conflicts[other] = taken;
        }
        if (!Force)
            Refuse(conflicts, before);
        foreach (var other in managed.Except(manager))
        {
            FieldSet.Subtract(ManagedFieldsList.Fields(other), comparison.Changed);
            FieldSet.Subtract(ManagedFieldsList.Fields(other), comparison.Removed);
        }
    }

    private void Refuse(Dictionary<JsonObject, JsonObject> conflicts, JsonObject before)
    {
        if (manager.Name == "kubectl" && conflicts.Count > 0 && AppliedByClient(before) is { } allowed)
        {
            foreach (var fields in conflicts.Values)
                FieldSet.Subtract(fields, allowed);
        }
        if (ApplyConflicts.Of(conflicts.Where(c => c.Value.Count > 0)) is { } status)
            throw new StatusException(status);
    }

    /// <summary>What kubectl applied from the client and nobody changed since: that it may take over without force.</summary>
    private JsonObject? AppliedByClient(JsonObject live)
    {
        if (live.Annotations?.Text(LastApplied) is not { Length: > 0 } text || JsonNode.Parse(text) is not JsonObject applied || applied.ApiVersion != manager.ApiVersion)
            return null;
        var fields = Configuration.Fields(applied, type);
        var comparison = Comparison.Of(applied, live, type);
        FieldSet.Subtract(fields, comparison.Changed);
        FieldSet.Subtract(fields, comparison.Removed);
        return fields;
    }

    private JsonObject WithoutLastApplied()
    {
        var copy = configuration.Clone();
        copy.Annotations?.Remove(LastApplied);
        return copy;
    }

    private string Now() => Unstructured.Timestamp(time.GetUtcNow());
}
