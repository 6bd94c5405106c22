using System.Globalization;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Evidence;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Tests.Lifetime;

/// <summary>A Recovery with the finding that opened it and the evidence that was stored for it.</summary>
internal sealed record OldRecord(Recovery Recovery, SecurityFinding Finding, ObjectKey Evidence);

/// <summary>Where a test puts `immutablerecovery.io/hold`.</summary>
public enum Held
{
    Nothing,
    Recovery,
    Finding,
    Evidence,
}

/// <summary>Makes records as an operator left them days ago.</summary>
internal sealed class OldRecords(TestCluster cluster, TimeProvider time)
{
    private DateTimeOffset Ago(double days) => time.GetUtcNow() - TimeSpan.FromDays(days);

    public async Task<SecurityFinding> FindingAsync(
        string name,
        double days,
        FindingState state = FindingState.Unresolved,
        ObjectKey? recovery = null,
        V1ObjectMeta? metadata = null,
        string ns = TestCluster.OperatorNamespace)
    {
        metadata ??= new();
        (metadata.NamespaceProperty, metadata.Name) = (ns, name);
        var finding = (await cluster.Findings.CreateAsync(new SecurityFinding
        {
            Metadata = metadata,
            Spec = new()
            {
                Source = "falco",
                Rule = "Terminal shell in container",
                Severity = FindingSeverity.High,
                ReceivedAt = Ago(days),
                OccurredAt = Ago(days),
                Target = new() { Namespace = ShopTest.Shop, Pod = $"{name}-pod", PodUid = $"{name}-uid" },
            },
        })).Required();
        finding.Status = new()
        {
            State = state,
            Reason = state == FindingState.Unresolved ? "PodNotFound" : state.ToString(),
            DecidedAt = Ago(days),
            Recovery = recovery is { } of ? new Api.V1Alpha1.ObjectReference { Namespace = of.Namespace, Name = of.Name } : null,
        };
        return (await cluster.Findings.ReplaceAsync(finding, "status")).Required();
    }

    /// <summary>A recovery that ended Succeeded, with all that belongs to it.</summary>
    public async Task<OldRecord> RecordAsync(
        string pod,
        double days,
        Held held = Held.Nothing,
        V1ObjectMeta? hold = null,
        string? uid = null,
        IReadOnlyList<string>? evidence = null,
        IReadOnlyList<string>? removed = null)
    {
        uid ??= $"{pod}-uid";
        var key = RecoveryNames.For(ShopTest.Shop, pod, uid, 0);
        V1ObjectMeta Marks(Held of) => held == of ? hold! : new();
        var metadata = Marks(Held.Recovery);
        (metadata.NamespaceProperty, metadata.Name) = (key.Namespace, key.Name);
        var recovery = (await cluster.Recoveries.CreateAsync(new Recovery
        {
            Metadata = metadata,
            Spec = new()
            {
                Target = new() { Namespace = ShopTest.Shop, Name = pod, Uid = uid },
                Policy = new() { Kind = nameof(RecoveryPolicy), Name = "intrusion", Uid = "gone", Generation = 1, Spec = new() },
                Finding = new() { Namespace = TestCluster.OperatorNamespace, Name = pod },
            },
        })).Required();
        var finding = await FindingAsync(pod, days, FindingState.Matched, recovery: key, metadata: Marks(Held.Finding));
        var stored = await EvidenceAsync(recovery, Marks(Held.Evidence));
        recovery.Status = new()
        {
            Phase = "Succeeded",
            Outcome = "Succeeded",
            ObservedGeneration = recovery.Metadata.Generation ?? 0,
            EndedAt = Ago(days),
            Evidence = [.. (evidence ?? [stored.ToString()]).Select(m => new EvidenceItem { Kind = "Manifest", ConfigMap = m })],
            Progress = removed is null ? null : new() { Removals = [.. removed.Select(r => new RemovedPod { Uid = r, At = Ago(days) })] },
        };
        return new((await cluster.Recoveries.ReplaceAsync(recovery, "status")).Required(), finding, stored);
    }

    private async Task<ObjectKey> EvidenceAsync(Recovery recovery, V1ObjectMeta metadata)
    {
        var owner = EvidenceOwner.Of(recovery);
        return await ConfigMapAsync(new(TestCluster.OperatorNamespace, owner.MapName), owner.Annotations, metadata: metadata);
    }

    /// <summary>A ConfigMap that looks like evidence, except where a test says otherwise.</summary>
    public async Task<ObjectKey> ConfigMapAsync(
        ObjectKey key, IReadOnlyDictionary<string, string> annotations, string manager = OperatorOptions.FieldManager, V1ObjectMeta? metadata = null)
    {
        metadata ??= new();
        metadata.Name = key.Name;
        metadata.Labels = new Dictionary<string, string>(metadata.Labels ?? new Dictionary<string, string>()) { ["app.kubernetes.io/managed-by"] = manager };
        metadata.Annotations = new Dictionary<string, string>((metadata.Annotations ?? new Dictionary<string, string>()).Concat(annotations));
        await cluster.Client.CreateNamespacedConfigMapAsync(
            new V1ConfigMap { Metadata = metadata, Immutable = true, Data = new Dictionary<string, string> { ["pod.json"] = "{}" } }, key.Namespace);
        return key;
    }

    /// <summary>As many records as given, each older than the one before.</summary>
    public async Task<IReadOnlyList<OldRecord>> RecordsAsync(int count)
    {
        List<OldRecord> records = [];
        for (var i = 0; i < count; i++)
            records.Add(await RecordAsync($"pod-{i.ToString(CultureInfo.InvariantCulture)}", 100 + i));
        return records;
    }
}
