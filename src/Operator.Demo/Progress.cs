using System.Globalization;
using Operator.Api.V1Alpha1;
using Operator.Domain.Planning;
using Operator.Runtime;

namespace Operator.Demo;

/// <summary>Prints what happens to each recovery as its record says so, with the time since the detection.</summary>
internal sealed class Progress(TextWriter output)
{
    private readonly Lock gate = new();

    public void Follow(Informer<Recovery> recoveries) => recoveries.Subscribe(change =>
    {
        if (change.Now is not { Status: { } now } recovery)
            return;
        lock (gate)
        {
            foreach (var (at, what) in News(change.Before?.Status ?? new(), now).OrderBy(n => n.At ?? DateTimeOffset.MaxValue))
                Print(recovery, now.DetectedAt is { } detected && at is { } time ? time - detected : null, what);
        }
    });

    private void Print(Recovery recovery, TimeSpan? after, string what) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{(after is { } t ? $"{Math.Max(0, t.TotalSeconds):0.000} s" : ""),10}  {$"{recovery.Spec.Target.Namespace}/{recovery.Spec.Target.Name}",-40} {what}"));

    private static IEnumerable<(DateTimeOffset? At, string What)> News(RecoveryStatus before, RecoveryStatus now)
    {
        if (before.ContainedAt is null && now.ContainedAt is { } contained)
            yield return (contained, $"contained ({Condition(now, "Contained")})");
        if (before.EvidenceAt is null && now.EvidenceAt is { } evidence)
            yield return (evidence, $"evidence kept: {now.Evidence.Count(e => e.Key is not null)} parts");
        if (before.Progress?.ReplacementStartedAt is null && now.Progress?.ReplacementStartedAt is { } started)
            yield return (started, How(now.Progress));
        if (before.ReplacedAt is null && now.ReplacedAt is { } replaced)
            yield return (replaced, $"replaced: {string.Join(", ", now.Replacements.Select(r => r.Pod))} Ready and trusted");
        if (before.Outcome is null && now.Outcome is not null)
            yield return (now.EndedAt, $"{now.Outcome}: {now.Message}");
        else if (now.Phase == "Blocked" && before.Reason != now.Reason)
            yield return (null, $"Blocked: {now.Message}");
    }

    private static string How(ProgressStatus progress) => progress switch
    {
        { Path: nameof(PinPath.ByAdmission) } => "replacing: admission pins the next pod to a trusted digest",
        { Images: [var pin, ..] } => $"pinning {pin.Container} to {Short(pin.Image)}",
        _ => "replacing: the template already names a trusted digest",
    };

    private static string Condition(RecoveryStatus status, string type) => status.Conditions.FirstOrDefault(c => c.Type == type)?.Reason ?? "";

    /// <summary>A digest as people read it: the first twelve digits.</summary>
    public static string Short(string image) =>
        image.IndexOf("@sha256:", StringComparison.Ordinal) is var at and >= 0 && image.Length > at + 20 ? image[..(at + 20)] : image;
}
