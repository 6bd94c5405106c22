using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Access;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;
using Facts = Operator.Domain.Planning;

namespace Operator.Recoveries;

/// <summary>Workloads of kinds that are not Kubernetes' own, known by where their pod template stands. Who grants the right to read and patch a kind wants it recovered.</summary>
internal sealed class OtherWorkloads(ClusterCache cache, KindDirectory kinds, OperatorAccess access)
{
    private readonly ConcurrentDictionary<(string ApiVersion, string Kind), (OptionalRole Reads, OptionalRole Writes)> roles = new();

    public async Task<WorkloadView> ObserveAsync(WorkloadReference reference, string ns, CancellationToken cancellation)
    {
        var (found, unknown) = await ReadAsync(reference, ns, cancellation);
        if (found is null)
            return new(null, [reference.Uid], unknown);
        if (found.TemplateAt(kinds.TemplatePath(reference)) is not { } template)
            return new(null, [reference.Uid], $"no pod template stands at {string.Join('.', kinds.TemplatePath(reference))} of it; --template-path says where it does");
        var owned = cache.ReplicaSets.Store.ByIndex(ClusterCache.ByOwner, reference.Uid).ToList();
        return new(new Facts.Workload
        {
            Kind = Facts.OwnerKind.Other,
            Name = found.Metadata.Name,
            Uid = found.Metadata.Uid,
            Replicas = NumberAt(found, "spec", "replicas") is { } replicas ? (int)Math.Clamp(replicas, 0, int.MaxValue) : 1,
            Deleting = found.Metadata.DeletionTimestamp is not null,
            Settled = NumberAt(found, "status", "observedGeneration") is not { } observed || observed >= found.Metadata.Generation,
            ManagedBy = ManagedBy.Of(found.Metadata),
            PinnedBy = found.Metadata.Annotation(WellKnown.PinnedByAnnotation),
            Pins = TemplatePatches.PinsOf(found.Metadata),
            Template = WorkloadObserver.TemplateOf(template),
            ReplicaSets = [.. owned.Where(WorkloadObserver.WantsPods).Select(r => WorkloadObserver.Of(r, current: true))],
            Problem = owned.Select(WorkloadObserver.FailureOf).FirstOrDefault(f => f is not null),
        }, [reference.Uid, .. owned.Select(r => r.Metadata.Uid)]);
    }

    /// <summary>The controller of such an object, and whether a pod template stands in it; null where it must not be read or is gone.</summary>
    public async Task<(bool HasTemplate, WorkloadReference? Controller)?> LookAsync(WorkloadReference reference, string ns, CancellationToken cancellation) =>
        (await ReadAsync(reference, ns, cancellation)).Found is { } found
            ? (found.TemplateAt(kinds.TemplatePath(reference)) is not null, found.Metadata.Controller() is { } above ? above.ToReference() : null)
            : null;

    /// <summary>Why its template must not be written; null where it may.</summary>
    public async Task<string?> UnwritableAsync(WorkloadReference reference, string ns, CancellationToken cancellation) =>
        await RolesAsync(reference, cancellation) is var (_, writes) && !await access.AllowsAsync(writes, ns, cancellation) ? writes.Missing : null;

    /// <summary>What a refused write of its template may be lacking.</summary>
    public async Task<OptionalRole?> WritesAsync(WorkloadReference reference, CancellationToken cancellation) => (await RolesAsync(reference, cancellation))?.Writes;

    private async Task<(AnyObject? Found, string? Unknown)> ReadAsync(WorkloadReference reference, string ns, CancellationToken cancellation)
    {
        if (await RolesAsync(reference, cancellation) is not var (reads, _))
            return (null, $"this cluster serves no {reference.Kind} of {reference.ApiVersion}");
        if (!await access.AllowsAsync(reads, ns, cancellation))
            return (null, reads.Missing);
        var api = (await kinds.FindAsync(reference, cancellation))!;
        return (await WorkloadObserver.LiveAsync(api, new(api.Kind.Namespaced ? ns : "", reference.Name), reference.Uid, cancellation), null);
    }

    private async Task<(OptionalRole Reads, OptionalRole Writes)?> RolesAsync(WorkloadReference reference, CancellationToken cancellation)
    {
        if (roles.TryGetValue((reference.ApiVersion, reference.Kind), out var known))
            return known;
        if (await kinds.FindAsync(reference, cancellation) is not { Kind: var kind })
            return null;
        return roles.GetOrAdd((reference.ApiVersion, reference.Kind), (OptionalRole.Of("get", kind.Group, kind.Plural), OptionalRole.Of("patch", kind.Group, kind.Plural)));
    }

    /// <summary>A number; some kinds write it as a string.</summary>
    private static long? NumberAt(AnyObject found, params string[] path) => found.At(path) switch
    {
        JsonValue value when value.TryGetValue<long>(out var number) => number,
        JsonValue value when value.TryGetValue<string>(out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };
}
