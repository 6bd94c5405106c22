using System.IO.Compression;
using System.Security.Cryptography;
using Operator.Api.V1Alpha1;

namespace Operator.Evidence;

/// <summary>
/// What is collected for one ConfigMap, kept below the size an API server stores (1 MiB with base64 and metadata).
/// Each part is compressed with gzip; its hash is that of the bytes before compression, so `zcat | sha256sum` checks it.
/// </summary>
internal sealed class EvidenceBundle(TimeProvider time, string configMap)
{
    /// <summary>Compressed bytes in one ConfigMap. Base64 makes a third more of them.</summary>
    internal const int MaximumBytes = 700 * 1024;

    private readonly Dictionary<string, byte[]> parts = [];
    private readonly List<EvidenceItem> items = [];
    private int stored;

    public IReadOnlyDictionary<string, byte[]> Parts => parts;

    public IReadOnlyList<EvidenceItem> Items => items;

    public void Add(string kind, string? container, string key, byte[] content, bool truncated)
    {
        var compressed = Compress(content);
        if (stored + compressed.Length > MaximumBytes)
        {
            AddMissing(kind, container, $"left out: with its {compressed.Length} compressed bytes the ConfigMap would pass {MaximumBytes}");
            return;
        }
        stored += compressed.Length;
        parts[key] = compressed;
        items.Add(new EvidenceItem
        {
            Kind = kind,
            Container = container,
            ConfigMap = configMap,
            Key = key,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)),
            Bytes = content.Length,
            Truncated = truncated,
            CapturedAt = time.GetUtcNow(),
        });
    }

    public void AddMissing(string kind, string? container, string why) =>
        items.Add(new EvidenceItem { Kind = kind, Container = container, Message = why });

    private static byte[] Compress(byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
            gzip.Write(content);
        return buffer.ToArray();
    }
}
