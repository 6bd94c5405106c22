using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.DevCluster.Server;

namespace Operator.Tests.Recoveries;

/// <summary>Watches every write that the API server took, and notes each moment at which a limit was exceeded.</summary>
internal sealed class LimitsWitness(TimeProvider time, int maxConcurrent, int maxPerHour, int maxContainedPerNamespace, TimeSpan per)
{
    /// <summary>A write is seen here later than it was decided, and the clock of these tests leaps ten seconds at a time.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1) - Skew;

    private readonly Dictionary<string, bool> inFlight = [];
    private readonly HashSet<string> soaking = [];
    private readonly Dictionary<string, (string Namespace, DateTimeOffset At)> removals = [];
    private readonly Dictionary<string, (string Namespace, DateTimeOffset At)> contained = [];
    private readonly List<string> violations = [];

    public IReadOnlyList<string> Violations => violations;

    public int MostInFlight { get; private set; }

    public int MostInHour { get; private set; }

    public int Contained => contained.Count;

    /// <summary>Called in the order of the writes, one at a time.</summary>
    public void See(ApiRequest request)
    {
        if (!TestCluster.IsOperatorWrite(request) || request.ResponseCode >= 400 || request.ResponseObject is not { } written)
            return;
        if (request.Resource == "pods" && request.Verb == "patch")
            SeePod(written);
        else if (request is { Resource: "recoveries", Subresource: "status" })
            SeeRecovery($"{request.Namespace}/{request.Name}", written);
        else
            return;
        Judge(request);
    }

    private void SeePod(JsonObject pod)
    {
        if (pod.Labels?[WellKnown.QuarantineLabel] is null)
            return;
        contained.TryAdd(pod.Uid, (pod.Namespace, time.GetUtcNow()));
        if (pod.Annotations is not { } annotations || annotations[WellKnown.DetachedAtAnnotation] is null)
            return;
        removals.TryAdd(pod.Uid, (pod.Namespace, time.GetUtcNow()));
        var recovery = annotations[WellKnown.RecoveryAnnotation]!.ToString();
        inFlight[recovery] = !soaking.Contains(recovery);
    }

    private void SeeRecovery(string name, JsonObject recovery)
    {
        var progress = recovery.At("status", "progress") as JsonObject ?? [];
        foreach (var removal in progress.Items("removals"))
            removals.TryAdd(removal.Text("uid")!, (recovery.TextAt("spec", "target", "namespace"), time.GetUtcNow()));
        if (progress["soakStartedAt"] is not null)
            soaking.Add(name);
        inFlight[name] = progress["replacementStartedAt"] is not null && !soaking.Contains(name)
            && recovery.TextAt("status", "outcome").Length == 0 && recovery.TextAt("status", "phase") != "Blocked";
    }

    private void Judge(ApiRequest request)
    {
        var now = time.GetUtcNow();
        var flying = inFlight.Values.Count(f => f);
        var recent = removals.Values.Where(r => r.At > now - Hour).ToList();
        var inHour = recent.Count;
        MostInFlight = Math.Max(MostInFlight, flying);
        MostInHour = Math.Max(MostInHour, inHour);
        if (flying > maxConcurrent)
            violations.Add(string.Create(CultureInfo.InvariantCulture, $"{request}: {flying} replacements in flight"));
        foreach (var ns in recent.GroupBy(r => r.Namespace).Where(g => g.Count() > maxPerHour))
            violations.Add(string.Create(CultureInfo.InvariantCulture, $"{request}: {ns.Count()} replacements in {ns.Key} within an hour"));
        if (inHour > maxPerHour * 4)
            violations.Add(string.Create(CultureInfo.InvariantCulture, $"{request}: {inHour} replacements of the policy within an hour"));
        foreach (var ns in contained.Values.Where(c => c.At > now - (per - Skew)).GroupBy(c => c.Namespace).Where(g => g.Count() > maxContainedPerNamespace))
            violations.Add(string.Create(CultureInfo.InvariantCulture, $"{request}: {ns.Count()} pods of {ns.Key} contained within {per}"));
    }
}
