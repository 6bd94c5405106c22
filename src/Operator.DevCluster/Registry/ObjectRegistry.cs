using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Registry;

/// <summary>Creates and updates objects by the rules that hold for every resource of a kube-apiserver (its generic registry).</summary>
public sealed class ObjectRegistry(ObjectStore store, TimeProvider time)
{
    private const int GenerateNameAttempts = 8;

    public ObjectStore Store => store;

    public StoredObject Get(ResourceDefinition resource, ObjectName name) =>
        store.Get(resource.StorageKey, name) ?? throw new StatusException(ApiStatus.NotFound(resource.GroupResource, name.Name));

    public StoredObject Create(ResourceDefinition resource, JsonObject json, WriteOptions options)
    {
        var metadata = json.EnsureMetadata();
        if (resource.Namespaced)
            RequireActiveNamespace(resource, json);
        if (json.ResourceVersion.Length > 0)
            throw new StatusException(ApiStatus.Unknown("resourceVersion should not be set on objects to be created"));
        metadata.Remove("deletionTimestamp");
        metadata.Remove("deletionGracePeriodSeconds");
        metadata.Remove("selfLink");
        metadata.Remove("generation");
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Unstructured.Timestamp(time.GetUtcNow());
        Canonicalize(resource, json, options);
        resource.Strategy.PrepareForCreate(json);
        string? generateName = json.Name.Length == 0 ? metadata.Text("generateName") : null;
        for (int attempt = 1; ; attempt++)
        {
            if (!string.IsNullOrEmpty(generateName))
                metadata["name"] = GeneratedNames.Next(generateName);
            Refuse(resource, json.Name, [.. MetadataValidation.Validate(json), .. resource.Strategy.Validate(json)]);
            var candidate = json.Clone();
            FieldOwnership.Created(candidate, resource, options, time.GetUtcNow());
            ObjectName name = new(json.Namespace, json.Name);
            if (store.Get(resource.StorageKey, name) is null)
            {
                if (options.DryRun)
                    return new(candidate, 0);
                if (store.TryCommit(resource.StorageKey, name, null, candidate) is { } created)
                    return created;
            }
            if (generateName is null || attempt == GenerateNameAttempts)
                throw new StatusException(NameTaken(resource, json));
        }
    }

    /// <summary>
    /// Reads, changes and writes one object, again from the start whenever somebody else wrote it meanwhile.
    /// <paramref name="change"/> gets a copy that it may keep, and returns the whole new object.
    /// </summary>
    public StoredObject Update(ResourceDefinition resource, ObjectName name, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        while (true)
        {
            var current = Get(resource, name);
            var json = change(current.Json.Clone());
            MetadataValidation.RequireTypes(json);
            if (json.ResourceVersion.Length > 0 && json.ResourceVersion != current.Json.ResourceVersion)
            {
                throw new StatusException(ApiStatus.Conflict(
                    resource.GroupResource, name.Name,
                    "the object has been modified; please apply your changes to the latest version and try again"));
            }
            Prepare(resource, json, current.Json, options);
            if (JsonNode.DeepEquals(json, current.Json))
                return current;
            if (options.DryRun)
                return new(json, current.Revision);
            if (HasFinished(resource, json))
            {
                // The answer is the object without its last finalizer, which nobody else gets to see.
                if (store.TryCommit(resource.StorageKey, name, current, null) is not null)
                    return new(json, current.Revision);
            }
            else if (store.TryCommit(resource.StorageKey, name, current, json) is { } written)
                return written;
        }
    }

    private ApiStatus NameTaken(ResourceDefinition resource, JsonObject json)
    {
        var taken = json.Metadata?.Text("generateName") is { Length: > 0 }
            ? ApiStatus.NameNotGenerated(resource.GroupResource, json.Name)
            : ApiStatus.AlreadyExists(resource.GroupResource, json.Name);
        return store.Get(resource.StorageKey, new(json.Namespace, json.Name)) is { Json.IsTerminating: true }
            ? taken with { Message = $"object is being deleted: {taken.Message}" }
            : taken;
    }

    private void Prepare(ResourceDefinition resource, JsonObject json, JsonObject old, WriteOptions options)
    {
        var (metadata, before) = (json.EnsureMetadata(), old.EnsureMetadata());
        metadata.Take("generation", before);
        metadata.Take("creationTimestamp", before);
        metadata.Take("resourceVersion", before);
        metadata.Default("uid", old.Uid);
        Canonicalize(resource, json, options);
        switch (options.Subresource)
        {
            case "status":
                resource.Strategy.PrepareForStatusUpdate(json, old);
                break;
            case "resize":
                PodResize.Prepare(json, old);
                if (!JsonNode.DeepEquals(json["spec"], old["spec"]))
                    json.EnsureMetadata()["generation"] = old.Generation + 1;
                break;
            case "binding" or "eviction":
                break;
            case "finalize":
                json.Take("status", old);
                break;
            default:
                resource.Strategy.PrepareForUpdate(json, old, resource);
                break;
        }
        metadata = json.EnsureMetadata();
        metadata.Take("deletionTimestamp", before);
        metadata.Take("deletionGracePeriodSeconds", before);
        Refuse(resource, old.Name,
        [
            .. MetadataValidation.Validate(json),
            .. MetadataValidation.ValidateUpdate(json, old),
            .. resource.Strategy.ValidateChange(json, old, options.Subresource),
        ]);
        FieldOwnership.Updated(json, old, resource, options, time.GetUtcNow());
    }

    /// <summary>A terminating object goes with its last finalizer, unless its grace still runs.</summary>
    private static bool HasFinished(ResourceDefinition resource, JsonObject json) =>
        json.IsTerminating && !json.Finalizers.Any() && !resource.Strategy.HoldsDeletion(json) && (json.Metadata?.Number("deletionGracePeriodSeconds") ?? 0) == 0;

    private void RequireActiveNamespace(ResourceDefinition resource, JsonObject json)
    {
        var space = store.Get("namespaces", new("", json.Namespace))
            ?? throw new StatusException(ApiStatus.NotFound(new("", "namespaces"), json.Namespace));
        if (space.Json.IsTerminating)
        {
            throw new StatusException(ApiStatus.Forbidden(
                resource.GroupResource, json.Name,
                $"unable to create new content in namespace {json.Namespace} because it is being terminated") with
            {
                Causes = [new("NamespaceTerminating", $"namespace {json.Namespace} is being terminated", "metadata.namespace")],
            });
        }
    }

    private static void Canonicalize(ResourceDefinition resource, JsonObject json, WriteOptions options)
    {
        if (!resource.IsCustom)
            json.DropNulls();
        options.UnknownFields.Prune(resource, json);
        resource.Strategy.Default(json);
    }

    private static void Refuse(ResourceDefinition resource, string name, IReadOnlyList<StatusCause> causes)
    {
        if (causes.Count > 0)
            throw new StatusException(ApiStatus.Invalid(resource.Group, resource.Kind, name, causes));
    }
}
