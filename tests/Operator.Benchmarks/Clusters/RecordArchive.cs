using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.Cluster;
using Operator.Domain.Findings;
using Operator.Recoveries;

namespace Operator.Benchmarks.Clusters;

/// <summary>
/// Records of the past: copies of a recovery that has just ended and of its finding, each of another pod, of two hundred namespaces and of workloads with
/// twenty recoveries each, between an hour and 88 days old. Those older than eight days are archived, as the operator archives them.
/// </summary>
internal sealed partial class RecordArchive(BenchedCluster cluster)
{
    private const int Namespaces = 200, OfAWorkload = 20, OfASource = 10_000, OfAPiece = 2_000;
    private const string Group = "apis/immutablerecovery.io/v1alpha1";
    private static readonly TimeSpan Youngest = TimeSpan.FromHours(1), Oldest = TimeSpan.FromDays(88);

    /// <summary>How large one is, on average.</summary>
    public int BytesOfARecovery { get; private set; }

    public int BytesOfAFinding { get; private set; }

    public async Task FillAsync(Course course, int count)
    {
        var recovery = await cluster.Bare.GetAsync(PathOf(course.Claimed.Request.ResponseObject!, "recoveries"));
        var finding = await cluster.Bare.GetAsync(PathOf(course.Accepted.Request.ResponseObject!, "securityfindings"));
        var (recoveryText, findingText) = (recovery.ToJsonString(), finding.ToJsonString());
        (BytesOfARecovery, BytesOfAFinding) = (recoveryText.Length, findingText.Length);
        Names names = new(recovery, finding);
        foreach (var piece in Enumerable.Range(0, count).Chunk(OfAPiece))
        {
            cluster.Store("recoveries.immutablerecovery.io", piece.AsParallel().AsOrdered().Select(i => Copy(recoveryText, names, i, count)));
            cluster.Store("securityfindings.immutablerecovery.io", piece.AsParallel().AsOrdered().Select(i => Copy(findingText, names, i, count)));
        }
    }

    /// <summary>The bare lists of both kinds, page by page, read and not understood.</summary>
    public async Task<double> ListAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(cluster.Bare.ListAsync($"{Group}/recoveries"), cluster.Bare.ListAsync($"{Group}/securityfindings"));
        return TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
    }

    private static string PathOf(JsonObject made, string plural) => $"{Group}/namespaces/{made["metadata"]!["namespace"]}/{plural}/{made["metadata"]!["name"]}";

    private static JsonObject Copy(string text, Names names, int number, int count)
    {
        var age = Youngest + ((Oldest - Youngest) * number / count);
        var (pod, uid, source) = ($"service-{number / OfAWorkload}-6d4f9c7b58-{number:x5}", Uid(1, number), $"archive-{number / OfASource}");
        var copy = (JsonObject)JsonNode.Parse(Times().Replace(text, m => Earlier(m, age))
            .Replace(names.Recovery, RecoveryNames.For("", pod, uid, names.Episode).Name, StringComparison.Ordinal)
            .Replace(names.Finding, Text.FindingName(source, names.Rule, uid), StringComparison.Ordinal)
            .Replace($"\"{BenchedCluster.Source}\"", $"\"{source}\"", StringComparison.Ordinal)
            .Replace(names.Pod, pod, StringComparison.Ordinal)
            .Replace($"\"{names.Namespace}\"", $"\"team-{number % Namespaces}\"", StringComparison.Ordinal)
            .Replace(names.PodUid, uid, StringComparison.Ordinal)
            .Replace(names.WorkloadUid, Uid(2, number / OfAWorkload), StringComparison.Ordinal)
            .Replace(names.RecoveryUid, Uid(3, number), StringComparison.Ordinal)
            .Replace(names.FindingUid, Uid(4, number), StringComparison.Ordinal))!;
        if (age > EndedRecovery.LongestMemory)
            copy["status"]!["archived"] = (TimeProvider.System.GetUtcNow() - age).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return copy;
    }

    private static string Earlier(Match time, TimeSpan age) => DateTimeOffset.TryParse(time.Groups[1].Value, CultureInfo.InvariantCulture, out var at)
        ? $"\"{(at - age).UtcDateTime.ToString(time.Value.Contains('.', StringComparison.Ordinal) ? "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}\""
        : time.Value;

    private static string Uid(int kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{unchecked((uint)number * 2654435761):x8}-{kind:d4}-4000-8000-{number:x12}");

    [GeneratedRegex("\"(\\d{4}-\\d\\d-\\d\\dT[0-9:.]+(?:Z|\\\\u002B00:00))\"")]
    private static partial Regex Times();

    /// <summary>What is another in each copy.</summary>
    private sealed class Names(JsonObject recovery, JsonObject finding)
    {
        public string Recovery { get; } = recovery["metadata"]!["name"]!.ToString();
        public string RecoveryUid { get; } = recovery["metadata"]!["uid"]!.ToString();
        public string Finding { get; } = finding["metadata"]!["name"]!.ToString();
        public string FindingUid { get; } = finding["metadata"]!["uid"]!.ToString();
        public string Rule { get; } = finding["spec"]!["rule"]!.ToString();
        public string Namespace { get; } = recovery["spec"]!["target"]!["namespace"]!.ToString();
        public string Pod { get; } = recovery["spec"]!["target"]!["name"]!.ToString();
        public string PodUid { get; } = recovery["spec"]!["target"]!["uid"]!.ToString();
        public string WorkloadUid { get; } = recovery["spec"]!["target"]!["workload"]!["uid"]!.ToString();
        public int Episode { get; } = (int?)recovery["spec"]!["episode"] ?? 1;
    }
}
