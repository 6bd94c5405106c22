using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Access;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Trust;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Trust;

/// <summary>The list that this operator adds revocations to, for the whole cluster. It never takes one back: that is for a person.</summary>
internal sealed partial class RevocationList(ClusterCache cache, OperatorAccess access, OperatorOptions options, TimeProvider time, ILogger<RevocationList> logger)
{
    /// <summary>As many as its schema lets in.</summary>
    private const int MostEntries = 5000;

    /// <summary>How long nothing is tried again after it was refused.</summary>
    private static readonly TimeSpan RefusalHolds = TimeSpan.FromMinutes(5);
    private static readonly ObjectKey Key = new("", WellKnown.RevocationList);

    private long refusedAtTicks;

    /// <summary>What pods in protected namespaces run. A revoked digest starts nowhere, so these would not come back.</summary>
    public SparedImages Spared() => SparedImages.Of(
        from pod in cache.Pods.Store.All
        where options.Protects(pod.Metadata.NamespaceProperty)
        from image in PodFacts.ImagesOf(pod)
        select image);

    /// <summary>Entries of the last hour: its own are counted by what the list says, so that a new leader counts on.</summary>
    private int AddedLately(ImageRevocationList list)
    {
        var hourAgo = time.GetUtcNow() - TimeSpan.FromHours(1);
        return list.Spec.Revoked.Values.Count(r => r.Since > hourAgo);
    }

    /// <summary>The role for it is granted, the list is there and has room, its hour is not used up, and adding to it was not refused lately.</summary>
    public bool CanAdd =>
        access.Has(OptionalRole.AdmissionData)
        && cache.ImageRevocationLists.Store.Get(Key) is { Metadata.DeletionTimestamp: null } list && list.Spec.Revoked.Count < MostEntries && AddedLately(list) < options.MaxRevocationsPerHour
        && time.GetUtcNow().UtcTicks - Interlocked.Read(ref refusedAtTicks) > RefusalHolds.Ticks;

    /// <summary>What it has now: an addition must be seen before the caches bring it.</summary>
    public async Task<IEnumerable<string>> RevokedAsync(CancellationToken cancellation) =>
        !access.Has(OptionalRole.AdmissionData) ? [] : await cache.ImageRevocationLists.Api.GetAsync(Key, cancellation) switch
        {
            ApiResult<ImageRevocationList>.NotFound or ApiResult<ImageRevocationList>.Forbidden => [],
            var found => found.Required().Spec.Revoked.Keys,
        };

    /// <summary>Adds the digests of these images, if no TrustedImage lists them at this moment. What is there already stays as it is.</summary>
    public async Task<ApiResult<ImageRevocationList>> AddAsync(Recovery recovery, IReadOnlyList<string> images, CancellationToken cancellation)
    {
        var read = await cache.ImageRevocationLists.Api.GetAsync(Key, cancellation);
        if (read is not ApiResult<ImageRevocationList>.Ok { Value: var list })
            return read;
        var trust = new TrustDecision([.. (await ListedAsync(cancellation)).Select(DomainMapping.ToRepository)], new HashSet<string>(), Domain.Trust.TrustRequirement.Listed);
        var revoked = new JsonObject();
        var spared = Spared();
        foreach (var image in images)
        {
            var digest = ImageReference.Parse(image).Digest!;
            if (trust.Lists(digest))
                return new ApiResult<ImageRevocationList>.Conflict($"{digest} is listed by a TrustedImage and is not revoked");
            if (spared.Holds(ImageReference.Parse(image)))
                return new ApiResult<ImageRevocationList>.Conflict($"{digest} runs in a protected namespace and is not revoked");
            if (!list.Spec.Revoked.ContainsKey(digest))
                revoked[digest] = new JsonObject
                {
                    ["reason"] = Clip($"Recovery {ObjectKey.Of(recovery.Metadata)}: a compromised pod ran it as {image}"),
                    ["since"] = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                };
        }
        if (revoked.Count == 0)
            return read;
        if (AddedLately(list) + revoked.Count > options.MaxRevocationsPerHour)
            return new ApiResult<ImageRevocationList>.Conflict($"{options.MaxRevocationsPerHour} digests may be revoked in an hour, and that many would be exceeded");
        var written = await cache.ImageRevocationLists.Api.PatchAsync(Key, Patch.Merge(new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = list.Metadata.Uid, ["resourceVersion"] = list.Metadata.ResourceVersion },
            ["spec"] = new JsonObject { ["revoked"] = revoked },
        }), cancellation: cancellation);
        if (written is ApiResult<ImageRevocationList>.Ok)
            Revoked(string.Join(", ", images), ObjectKey.Of(recovery.Metadata).ToString());
        if (written is ApiResult<ImageRevocationList>.Forbidden or ApiResult<ImageRevocationList>.Invalid)
        {
            // Looked at again, admission is given up for a pin in the template.
            Interlocked.Exchange(ref refusedAtTicks, time.GetUtcNow().UtcTicks);
            NotRevoked(string.Join(", ", images), written.ToString());
        }
        return written;
    }

    private async Task<List<TrustedImage>> ListedAsync(CancellationToken cancellation)
    {
        var listed = new List<TrustedImage>();
        string? next = null;
        do
        {
            var page = (await cache.TrustedImages.Api.ListAsync(Selection.All, next, cancellation: cancellation)).Required();
            listed.AddRange(page.Items);
            if (page.Unreadable is [var unreadable, ..])
                throw new ApiUnavailableException($"TrustedImage {unreadable.Key} cannot be read, so what it lists is not known: {unreadable.Why}");
            next = page.Continue;
        }
        while (next is not null);
        return listed;
    }

    private static string Clip(string text) => text.Length <= 512 ? text : text[..512];

    [LoggerMessage(LogLevel.Warning, "revoked for the whole cluster: {images}, by recovery {recovery}")]
    private partial void Revoked(string images, string recovery);

    [LoggerMessage(LogLevel.Warning, "not revoked: {images}: {why}")]
    private partial void NotRevoked(string images, string why);
}
