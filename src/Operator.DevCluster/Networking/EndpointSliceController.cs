using System.Text.Json.Nodes;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Networking;

/// <summary>Tells in EndpointSlices which pods stand behind a Service, and whether they may get traffic.</summary>
internal sealed class EndpointSliceController(ClusterCache cache, KubernetesConnection connection) : IReconciler<ObjectKey>
{
    private const string ManagedBy = "endpointslice.kubernetes.io/managed-by";
    private const string Manager = "endpointslice-controller.k8s.io";

    private readonly ResourceApi<V1EndpointSlice> slices = new(connection, Kinds.EndpointSlices);

    /// <summary>Slices made a moment ago that the cache may not show yet, by Service.</summary>
    private readonly Dictionary<string, List<V1EndpointSlice>> made = [];

    /// <summary>The Services that a pod stands behind.</summary>
    public static IEnumerable<ObjectKey> Of(ClusterCache cache, V1Pod pod) =>
        ClusterCache.InNamespace(cache.Services, pod.Metadata.NamespaceProperty)
            .Where(s => ServiceEndpoints.HasPods(s) && ServiceEndpoints.Selects(s, pod)).Select(s => ObjectKey.Of(s.Metadata));

    public static IEnumerable<ObjectKey> Of(V1EndpointSlice slice) =>
        IsOurs(slice) && slice.Metadata.Label(V1.ServiceName) is { } service ? [new(slice.Metadata.NamespaceProperty, service)] : [];

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (cache.Services.Store.Get(key) is not { } service || service.Metadata.DeletionTimestamp is not null || !ServiceEndpoints.HasPods(service))
        {
            // Its slices name it as their owner, and go with it.
            return ReconcileResult.Done;
        }
        var pods = ClusterCache.InNamespace(cache.Pods, key.Namespace).Where(p => ServiceEndpoints.Selects(service, p)).ToList();
        var ports = ServiceEndpoints.Ports(service, pods);
        var present = Present(service);
        var filled = SliceFilling.Fill(
            [.. present.Select(s => s.Endpoints ?? [])], pods.Where(ServiceEndpoints.IsReachable).Select(p => ServiceEndpoints.Endpoint(service, p)));
        for (int i = 0; i < filled.Count; i++)
        {
            if (i >= present.Count)
                await CreateAsync(service, filled[i], ports, cancellation);
            else if (filled[i].Count == 0 && i > 0)
                await slices.DeleteAsync(ObjectKey.Of(present[i].Metadata), new() { Uid = present[i].Metadata.Uid }, cancellation);
            else
                await WriteAsync(service, present[i], filled[i], ports, cancellation);
        }
        return ReconcileResult.Done;
    }

    private static bool IsOurs(V1EndpointSlice slice) => slice.Metadata.Label(ManagedBy) == Manager;

    private List<V1EndpointSlice> Present(V1Service service)
    {
        // Read before the cache: one that arrives in between is seen twice, never missed.
        var unseen = made.GetValueOrDefault(service.Metadata.Uid) ?? [];
        var known = cache.SlicesOf(ObjectKey.Of(service.Metadata)).Where(s => IsOurs(s) && s.Metadata.DeletionTimestamp is null).ToList();
        unseen.RemoveAll(u => cache.EndpointSlices.Store.Get(ObjectKey.Of(u.Metadata)) is not null);
        if (unseen.Count == 0)
            made.Remove(service.Metadata.Uid);
        return [.. known.Concat(unseen).DistinctBy(s => s.Metadata.Uid).OrderBy(s => s.Metadata.Name, StringComparer.Ordinal)];
    }

    private async Task CreateAsync(V1Service service, IReadOnlyList<V1Endpoint> endpoints, IReadOnlyList<Discoveryv1EndpointPort> ports, CancellationToken cancellation)
    {
        V1EndpointSlice slice = new()
        {
            ApiVersion = "discovery.k8s.io/v1",
            Kind = "EndpointSlice",
            Metadata = new()
            {
                GenerateName = service.Metadata.Name + "-",
                NamespaceProperty = service.Metadata.NamespaceProperty,
                Labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>())
                {
                    [V1.ServiceName] = service.Metadata.Name,
                    [ManagedBy] = Manager,
                },
                OwnerReferences =
                [
                    new() { ApiVersion = "v1", Kind = "Service", Name = service.Metadata.Name, Uid = service.Metadata.Uid, Controller = true, BlockOwnerDeletion = true },
                ],
            },
            AddressType = "IPv4",
            Endpoints = [.. endpoints],
            Ports = [.. ports],
        };
        var created = (await slices.CreateAsync(slice, cancellation)).RequiredOf(service);
        if (!made.TryGetValue(service.Metadata.Uid, out var unseen))
            made[service.Metadata.Uid] = unseen = [];
        unseen.Add(created);
    }

    private async Task WriteAsync(V1Service service, V1EndpointSlice slice, IReadOnlyList<V1Endpoint> endpoints, IReadOnlyList<Discoveryv1EndpointPort> ports, CancellationToken cancellation)
    {
        if (JsonNode.DeepEquals(Kinds.ToJson(slice.Endpoints ?? []), Kinds.ToJson(endpoints)) && JsonNode.DeepEquals(Kinds.ToJson(slice.Ports ?? []), Kinds.ToJson(ports)))
            return;
        var patch = Patch.Merge(new()
        {
            ["metadata"] = new JsonObject { ["uid"] = slice.Metadata.Uid },
            ["endpoints"] = Kinds.ToJson(endpoints),
            ["ports"] = Kinds.ToJson(ports),
        });
        var result = await slices.PatchAsync(ObjectKey.Of(slice.Metadata), patch, cancellation: cancellation);
        if (result is ApiResult<V1EndpointSlice>.NotFound)
            made.Remove(service.Metadata.Uid);
        result.RequiredOf(slice);
    }
}
