using System.Text.Json.Serialization;
using Operator.Api.Schema;

namespace Operator.Api.V1Alpha1;

/// <summary>How far a recovery goes by itself.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RecoveryMode>))]
public enum RecoveryMode
{
    /// <summary>Record what would be done, touch nothing.</summary>
    Observe,

    /// <summary>Isolate at once, replace once a person approves.</summary>
    Contain,

    /// <summary>Isolate, replace and verify.</summary>
    Recover,
}

/// <summary>How bad a finding is, normalized over all sources.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingSeverity>))]
public enum FindingSeverity
{
    /// <summary>Nothing to act on.</summary>
    Informational,

    /// <summary>Worth a look.</summary>
    Low,

    /// <summary>Suspicious.</summary>
    Medium,

    /// <summary>Likely an intrusion.</summary>
    High,

    /// <summary>Certainly an intrusion.</summary>
    Critical,
}

/// <summary>What becomes of a contained pod's network.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NetworkContainment>))]
public enum NetworkContainment
{
    /// <summary>It is labelled only.</summary>
    None,

    /// <summary>A NetworkPolicy denies all its traffic, as far as the cluster's network plugin enforces NetworkPolicies.</summary>
    DenyAll,
}

/// <summary>What becomes of connections that a pod had open when it was contained.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConnectionContainment>))]
public enum ConnectionContainment
{
    /// <summary>They end where the network plugin judges each packet (Cilium, OVN-Kubernetes), and may go on where it judges connections when they are made (Calico, Antrea, kube-network-policies).</summary>
    MayContinue,

    /// <summary>The pod is deleted, never kept, once its evidence is captured and its replacement is permitted: `replace.retainOriginalFor` does not apply. Approval and limits still do.</summary>
    MustEnd,
}

/// <summary>What becomes of the node of a contained pod.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NodeContainment>))]
public enum NodeContainment
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>No new pods are scheduled onto it until the recovery ends.</summary>
    Cordon,

    /// <summary>Cordoned, and once the compromised pod is replaced its other pods are evicted, as their disruption budgets allow: for a node that an attacker may hold.</summary>
    Drain,
}

/// <summary>Where an untrusted image is replaced by a trusted digest.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PinMode>))]
public enum PinMode
{
    /// <summary>The least invasive way that the cluster offers: at admission where it pins tags and refuses digests there, else in the workload's template.</summary>
    Auto,

    /// <summary>In the workload's template.</summary>
    Template,

    /// <summary>Nowhere: a workload whose template is not trusted waits for a person.</summary>
    None,
}

/// <summary>What becomes of a workload that Argo CD, Flux or Helm writes from a source of its own.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GitOpsMode>))]
public enum GitOpsMode
{
    /// <summary>It is pinned like any other. Where the tool puts the untrusted image back, a bounded number of times; then the recovery is Blocked.</summary>
    Pin,

    /// <summary>Its pod is contained, and its replacement waits until the source names a trusted digest. The patch to commit stands in the record.</summary>
    Wait,
}

/// <summary>Which replacements wait for a person even in mode Recover.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ApprovalCase>))]
public enum ApprovalCase
{
    /// <summary>Pods of a DaemonSet.</summary>
    DaemonSet,

    /// <summary>The only Ready pod of its workload: taking it out is an outage.</summary>
    LastReadyPod,
}

/// <summary>Which images may make the next pod.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TrustRequirement>))]
public enum TrustRequirement
{
    /// <summary>The digest that it ran, unless that is revoked. Whether it is trusted then stays Unknown.</summary>
    NotRevoked,

    /// <summary>Only digests listed in a TrustedImage and not revoked.</summary>
    Listed,
}

/// <summary>Whether digests are revoked for the whole cluster.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RevocationMode>))]
public enum RevocationMode
{
    /// <summary>A person revokes.</summary>
    Never,

    /// <summary>A recovery that relies on admission revokes what ran untrusted in its target.</summary>
    OnRecovery,
}

/// <summary>Which findings a policy is about: any of `findings`, on pods that `podSelector` selects.</summary>
[Rule("!has(self.findings) || self.findings.map(f, (has(f.sources) ? size(f.sources) : 0) + (has(f.rules) ? size(f.rules) : 0) + (has(f.tags) ? size(f.tags) : 0)).sum() <= 512", "sources, rules and tags of all findings together may be 512 at most: use globs, or a second policy")]
public sealed record PolicyMatch
{
    /// <summary>A finding matches when it fits any of these entries.</summary>
    [Bounds(Least = 1, Most = 32)]
    public required List<FindingMatch> Findings { get; set; }

    /// <summary>A finding older than this when it is matched acts on nothing. Age counts from when it occurred, or was received if its source did not say.</summary>
    [Lasts("1s", "168h")]
    public KubeDuration MaxFindingAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The pods that this policy covers; all of them when it is absent or empty.</summary>
    public PodSelector? PodSelector { get; set; }
}

/// <summary>A kind of finding: everything that is given must hold.</summary>
public sealed record FindingMatch
{
    /// <summary>Names of FindingSources, or `manual` for findings created with kubectl. Empty: every source except `manual`.</summary>
    [ListMap]
    [Bounds(Most = 32, MostItemLength = 253)]
    public List<string> Sources { get; set; } = [];

    /// <summary>Globs of rule names, with * and ?; case matters. Empty: every rule.</summary>
    [ListMap]
    [Bounds(Most = 128, MostItemLength = 256)]
    public List<string> Rules { get; set; } = [];

    /// <summary>The lowest severity that matches.</summary>
    public FindingSeverity MinimumSeverity { get; set; } = FindingSeverity.High;

    /// <summary>Tags that a finding must all have.</summary>
    [ListMap]
    [Bounds(Most = 32, MostItemLength = 128)]
    public List<string> Tags { get; set; } = [];
}

/// <summary>A label selector, as in meta/v1: labels and expressions must all hold.</summary>
public sealed record PodSelector
{
    internal const string LabelValue = "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$";

    /// <summary>Labels with these exact values.</summary>
    [Bounds(Most = 64, MostItemLength = 63, MostKeyLength = 317, Pattern = LabelValue)]
    public Dictionary<string, string> MatchLabels { get; set; } = [];

    /// <summary>Expressions over labels.</summary>
    [Bounds(Most = 64)]
    public List<SelectorExpression> MatchExpressions { get; set; } = [];
}

/// <summary>One expression of a label selector.</summary>
[Rule("self.operator in ['In', 'NotIn'] ? has(self.values) && size(self.values) > 0 : !has(self.values) || size(self.values) == 0", "In and NotIn need values; Exists and DoesNotExist have none")]
public sealed record SelectorExpression
{
    /// <summary>The label's key.</summary>
    [Bounds(Least = 1, Most = 317, Pattern = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")]
    public required string Key { get; set; }

    /// <summary>How the label's value relates to `values`.</summary>
    public required SelectorOperator Operator { get; set; }

    /// <summary>Values for In and NotIn.</summary>
    [Bounds(Most = 64, MostItemLength = 63, Pattern = PodSelector.LabelValue)]
    public List<string> Values { get; set; } = [];
}

/// <summary>The operators of meta/v1 label selectors.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SelectorOperator>))]
public enum SelectorOperator
{
    /// <summary>The value is one of `values`.</summary>
    In,

    /// <summary>The value is none of `values`, or the label is absent.</summary>
    NotIn,

    /// <summary>The label is there.</summary>
    Exists,

    /// <summary>The label is not there.</summary>
    DoesNotExist,
}
