using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>
/// What a resource does of its own when it is written: the registry strategies of Kubernetes. This one is the common
/// ground; resources override what differs.
/// </summary>
public class ResourceStrategy
{
    /// <summary>Whether its objects are kept; else creating one only asks a question.</summary>
    public virtual bool IsStored => true;

    /// <summary>Whether <c>metadata.generation</c> counts changes of the spec.</summary>
    public virtual bool CountsGenerations => false;

    /// <summary>Removes the fields that the resource does not have, and returns their paths.</summary>
    public virtual IReadOnlyList<string> Prune(JsonObject json) => [];

    /// <summary>Fills in what the author left out.</summary>
    public virtual void Default(JsonObject json)
    {
    }

    /// <summary>Clears what an author may not set on creation.</summary>
    public virtual void PrepareForCreate(JsonObject json)
    {
        if (CountsGenerations)
            json.EnsureMetadata()["generation"] = 1;
    }

    /// <summary>Keeps what only the status subresource may change, and counts the generation.</summary>
    public virtual void PrepareForUpdate(JsonObject json, JsonObject old, ResourceDefinition definition)
    {
        if (definition.HasStatus)
            json.Take("status", old);
        if (CountsGenerations && !SameIntent(json, old))
            json.EnsureMetadata()["generation"] = old.Generation + 1;
    }

    /// <summary>Keeps all but the status.</summary>
    public virtual void PrepareForStatusUpdate(JsonObject json, JsonObject old) => json.Take("spec", old);

    public virtual IEnumerable<StatusCause> Validate(JsonObject json) => [];

    public virtual IEnumerable<StatusCause> ValidateUpdate(JsonObject json, JsonObject old) => [];

    /// <summary>All that holds for a changed object. The status may be written even if the rest could not be any more.</summary>
    public virtual IEnumerable<StatusCause> ValidateChange(JsonObject json, JsonObject old, string subresource) =>
        [.. Validate(json), .. subresource == "status" ? [] : ValidateUpdate(json, old)];

    /// <summary>Whether a deletion leaves time to somebody (the kubelet) who then finishes it.</summary>
    public virtual bool DeletesGracefully => false;

    /// <summary>How long that time is; 0 removes the object at once.</summary>
    public virtual long GracePeriodSeconds(JsonObject json, long? requested) => 0;

    /// <summary>Whether something other than finalizers in the metadata holds back a deletion.</summary>
    public virtual bool HoldsDeletion(JsonObject json) => false;

    /// <summary>Shows in the object that its deletion has begun, beyond the metadata.</summary>
    public virtual void PrepareForDelete(JsonObject json)
    {
    }

    /// <summary>Whether field selectors may use more than the name and the namespace.</summary>
    public virtual bool HasSelectableFields => false;

    /// <summary>The value of a field that field selectors may use; null if they may not.</summary>
    public virtual string? SelectableField(JsonObject json, string path) => path switch
    {
        "metadata.name" => json.Name,
        "metadata.namespace" => json.Namespace,
        _ => null,
    };

    /// <summary>Whether two objects ask for the same; what counts is everything but metadata and status.</summary>
    protected virtual bool SameIntent(JsonObject json, JsonObject old) => JsonNode.DeepEquals(json["spec"], old["spec"]);
}
