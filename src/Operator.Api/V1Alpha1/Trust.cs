using k8s;
using k8s.Models;
using Operator.Api.Schema;

namespace Operator.Api.V1Alpha1;

/// <summary>One image and the digests of it that may run. Written by people or GitOps.</summary>
[Resource("trustedimages", "ti", Namespaced = false)]
[PrinterColumn("Repository", "string", ".spec.repositories[0]")]
[PrinterColumn("Digests", "integer", ".status.digests")]
[PrinterColumn("Revoked", "integer", ".status.revoked")]
[PrinterColumn("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed record TrustedImage : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = WellKnown.ApiVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = nameof(TrustedImage);

    /// <inheritdoc/>
    public required V1ObjectMeta Metadata { get; set; }

    /// <summary>What may run.</summary>
    public required TrustedImageSpec Spec { get; set; }

    /// <summary>What the operator makes of it.</summary>
    public TrustedImageStatus? Status { get; set; }
}

/// <summary>What may run.</summary>
public sealed record TrustedImageSpec
{
    /// <summary>
    /// The image's repositories, mirrors included, as [host[:port]/]path without tag or digest: registry.example.com/shop/cart. The case of
    /// the host, port 443, docker.io and library/ make no difference: nginx is docker.io/library/nginx.
    /// </summary>
    [ListMap]
    [Bounds(Least = 1, Most = 32, MostItemLength = 255, Pattern = "^(([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[0-9a-fA-F:]+\\])(:[1-9][0-9]{0,4})?/)?[a-z0-9]+((\\.|_{1,2}|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_{1,2}|-+)[a-z0-9]+)*)*$")]
    public required List<string> Repositories { get; set; }

    /// <summary>The trusted digests.</summary>
    [ListMap("digest")]
    [Bounds(Most = 256)]
    public List<TrustedDigest> Digests { get; set; } = [];
}

/// <summary>One trusted digest.</summary>
public sealed record TrustedDigest
{
    /// <summary>The digest of the image's index or manifest.</summary>
    [Bounds(Pattern = "^sha256:[0-9a-f]{64}$")]
    public required string Digest { get; set; }

    /// <summary>The tags that this digest stands for: a template with one of them is pinned to it.</summary>
    [ListMap]
    [Bounds(Most = 32, MostItemLength = 128, Pattern = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
    public List<string> Tags { get; set; } = [];

    /// <summary>The manifests that an index stands for. A runtime may report either as the image that it runs.</summary>
    [ListMap("platform")]
    [Bounds(Most = 32)]
    public List<PlatformDigest> Platforms { get; set; } = [];

    /// <summary>Why it is trusted: a release, a ticket, a build.</summary>
    [Bounds(Most = 512)]
    public string? Note { get; set; }
}

/// <summary>The manifest of one platform.</summary>
public sealed record PlatformDigest
{
    /// <summary>os/architecture[/variant], such as linux/amd64.</summary>
    [Bounds(Least = 1, Most = 64)]
    public required string Platform { get; set; }

    /// <summary>The digest of its manifest.</summary>
    [Bounds(Pattern = "^sha256:[0-9a-f]{64}$")]
    public required string Digest { get; set; }
}

/// <summary>What the operator makes of a TrustedImage.</summary>
public sealed record TrustedImageStatus
{
    /// <summary>The generation of the spec that this status is about.</summary>
    public long ObservedGeneration { get; set; }

    /// <summary>Digests listed.</summary>
    public int Digests { get; set; }

    /// <summary>Of these, revoked by an ImageRevocationList.</summary>
    public int Revoked { get; set; }

    /// <summary>Ready: at least one listed digest is not revoked.</summary>
    [ListMap("type")]
    [Bounds(Most = 8)]
    public List<StatusCondition> Conditions { get; set; } = [];
}

/// <summary>Digests that must not run. A map, because it is read for every pod; few objects, each of many digests.</summary>
[Resource("imagerevocationlists", "irl", Namespaced = false)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed record ImageRevocationList : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = WellKnown.ApiVersion;

    /// <inheritdoc/>
    public string Kind { get; set; } = nameof(ImageRevocationList);

    /// <inheritdoc/>
    public required V1ObjectMeta Metadata { get; set; }

    /// <summary>What must not run.</summary>
    public required ImageRevocationListSpec Spec { get; set; }
}

/// <summary>What must not run.</summary>
public sealed record ImageRevocationListSpec
{
    /// <summary>By digest (sha256:…), why and since when.</summary>
    [Rule("self.all(d, d.matches('^sha256:[0-9a-f]{64}$'))", "every key must be a digest: sha256: and 64 hexadecimal digits")]
    [Bounds(Most = 5000)]
    public Dictionary<string, Revocation> Revoked { get; set; } = [];
}

/// <summary>Why a digest must not run.</summary>
public sealed record Revocation
{
    /// <summary>Why: an advisory, an incident.</summary>
    [Bounds(Least = 1, Most = 512)]
    public required string Reason { get; set; }

    /// <summary>Since when.</summary>
    public DateTimeOffset? Since { get; set; }
}
