using Operator.Domain.Planning;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>Images, and digests that stand in transcripts by names a person can tell apart.</summary>
internal static class Images
{
    public const string Good = "sha256:600d600d600d600d600d600d600d600d600d600d600d600d600d600d600d600d";
    public const string Better = "sha256:be77e4be77e4be77e4be77e4be77e4be77e4be77e4be77e4be77e4be77e4be77";
    public const string Bad = "sha256:bad0bad0bad0bad0bad0bad0bad0bad0bad0bad0bad0bad0bad0bad0bad0bad0";

    public static readonly IReadOnlyList<TemplateContainer> Tagged = [new("app", "shop/web:v1")];
    public static readonly IReadOnlyList<TemplateContainer> TaggedV2 = [new("app", "shop/web:v2")];
    public static readonly IReadOnlyList<TemplateContainer> Pinned = [new("app", $"shop/web:v1@{Good}")];

    public static readonly TrustDecision NothingIsListed = Trusting();
    public static readonly TrustDecision GoodIsListed = Trusting((Good, ["v1", "v2"]));

    public static TrustDecision Trusting(params (string Digest, string[] Tags)[] digests) =>
        new([new TrustedRepository("web", ["shop/web"], [.. digests.Select(d => new ListedDigest(d.Digest, d.Tags, []))])], new HashSet<string>(), TrustRequirement.Listed);

    /// <summary>A text with the names of digests in it.</summary>
    public static string Named(string text) => text.Replace(Good, "sha256:good").Replace(Better, "sha256:better").Replace(Bad, "sha256:bad");

    public static TrustDecision Revoking(this TrustDecision trust, params string[] digests) => trust with { Revoked = digests.ToHashSet() };
}
