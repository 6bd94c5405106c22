using Operator.Domain.Trust;

namespace Operator.Domain.Planning.Rules;

/// <summary>Pods that were made in the place of removed ones. One that comes out untrusted tells that the next would, too.</summary>
internal static class Replacements
{
    private const int MaxNamed = 5;

    /// <summary>
    /// If it never holds: Blocked with the cause, and nothing more is removed. A pod that is made from a trusted template and still runs an
    /// untrusted image was changed on its way in or by its node; removing it again would only repeat that.
    /// </summary>
    public static Decision? Trusted(Observation o)
    {
        if (o.Workload is not { } workload || Latest(o) is not { } latest)
            return null;
        var made = o.ActivePods.Where(p => p.Uid != o.Episode.TargetUid && Since(o, p, latest) && !Removal.Recorded(o, p)).ToList();
        // A trusted pod has come in the place already: a further one was made by a scale-up before the pin, and is a sibling like others.
        if (made.Any(p => o.Judge(p) == TrustVerdict.Trusted))
            return null;
        return made
            .Where(p => o.Progress.Path == PinPath.ByAdmission || o.Trusts(workload.TemplateOf(p)))
            .SelectMany(p => workload.TemplateOf(p).Select(t => (Pod: p, Container: t)))
            .FirstOrDefault(x => o.Judge(x.Pod, x.Container) == TrustVerdict.Untrusted) is { Pod: { } pod, Container: { } container }
            ? Block(o, $"{pod.Name}, made in the place of a removed pod, runs an untrusted image: {Cause(pod, container)}", pod)
            : null;
    }

    /// <summary>How much older than the removal a replacement may look because clocks differ; siblings that young are recorded by UID.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Where clocks differ a replacement may look older than the removal. That not one pod is trusted after one says the same, unless no pod
    /// can have been made since: the workload may have been scaled down meanwhile.
    /// </summary>
    public static Decision? NoneTrusted(Observation o) =>
        Latest(o) is { } latest && o.ActivePods.Any(p => p.Uid != o.Episode.TargetUid && Since(o, p, latest - Skew)) && !o.ActivePods.Any(p => p.Uid != o.Episode.TargetUid && o.Judge(p) == TrustVerdict.Trusted)
            ? Block(o, $"{(o.Progress.Removals.Count == 1 ? "a pod was" : $"{o.Progress.Removals.Count} pods were")} removed and no pod of {Course.Owner(o)} runs a trusted image", except: null)
            : null;

    /// <summary>Whether a pod came after the first removal: then its image must be known to be trusted.</summary>
    public static bool MadeByThis(Observation o, Pod pod) =>
        o.Progress.ReplacementStartedAt is { } started && pod.Uid != o.Episode.TargetUid && Since(o, pod, started);

    /// <summary>What is not known of a replacement that is Ready; null where all is.</summary>
    public static string? UnknownOne(Observation o) =>
        o.ActivePods.FirstOrDefault(p => p.Ready && MadeByThis(o, p) && o.Judge(p) == TrustVerdict.Unknown) is { } pod
            ? $"it is not known which image the replacement {pod.Name} runs: {Unknown(o, pod)}"
            : null;

    /// <summary>Pods that were there before and stay, because it is not known what they run; null where there are none.</summary>
    public static string? LeftAlone(Observation o)
    {
        if (o.Workload is null)
            return null;
        var left = o.ActivePods.Where(p => p.Uid != o.Episode.TargetUid && o.Judge(p) == TrustVerdict.Unknown).OrderBy(p => p.Name, StringComparer.Ordinal).ToList();
        return left.Count == 0 ? null : $"left alone, since it is not known which image they run: {Names(left)} ({Unknown(o, left[0])})";
    }

    private static Decision.Block Block(Observation o, string what, Pod? except)
    {
        var left = Removal.UntrustedSiblings(o).Where(p => p.Uid != except?.Uid).ToList();
        return new(
            Reasons.ReplacementUntrusted,
            left.Count == 0 ? what : $"{what}; {Names(left)} {(left.Count == 1 ? "runs" : "run")} an untrusted image, too, and {(left.Count == 1 ? "is" : "are")} left alone: what comes in the place would be no better",
            "a replacement that is trusted: correct the cause and delete the pod, or list its digest");
    }

    /// <summary>When the last pod was removed; null where none was, or where it has been decided since on other images or another path.</summary>
    private static DateTimeOffset? Latest(Observation o) =>
        o.Progress.Removals.Select(r => (DateTimeOffset?)r.At).Max() is { } removed && !(o.Progress.DecidedAgainAt > removed) ? removed : null;

    /// <summary>Creation times are whole seconds.</summary>
    private static bool Since(Observation o, Pod pod, DateTimeOffset time) =>
        pod.CreatedAt >= time - TimeSpan.FromTicks(time.Ticks % TimeSpan.TicksPerSecond) && !o.Episode.YoungSiblings.Contains(pod.Uid);

    private static string Cause(Pod pod, TemplateContainer container)
    {
        if (container.IsVolume || pod.Containers.FirstOrDefault(c => c.Name == container.Name) is not { } runs)
            return $"{container.Name} mounts {container.Image}";
        var (template, spec, image) = (ImageReference.Parse(container.Image), ImageReference.Parse(runs.Image), RunningImage.Parse(runs.ImageId));
        var seen = $"container {container.Name} runs {image?.ToString() ?? runs.Image}";
        if (spec.CanonicalRepository != template.CanonicalRepository)
            return $"{seen}. The template names {container.Image}, the pod {runs.Image}: an admission webhook, such as one for a registry mirror, changed its repository";
        if (template.Digest is not null && spec.Digest != template.Digest)
            return $"{seen}. The template names {container.Image}, the pod {runs.Image}: an admission webhook changed its digest";
        if (image is { IsManifest: true } && image.Repository != spec.CanonicalRepository)
            return $"{seen} although the pod names {runs.Image}: a registry mirror of node {pod.Node} serves it, or the node had it cached";
        return $"{seen} as {runs.Image}: admission did not pin its tag, and node {pod.Node} had it cached or its registry serves it";
    }

    private static string Unknown(Observation o, Pod pod) =>
        o.Workload!.TemplateOf(pod).FirstOrDefault(t => o.Judge(pod, t) == TrustVerdict.Unknown) is { } container
            ? pod.Containers.FirstOrDefault(c => c.Name == container.Name) is { } c
                ? $"container {c.Name} names {c.Image}, and the runtime reports {(string.IsNullOrEmpty(c.ImageId) ? "nothing" : $"\"{(c.ImageId.Length <= 100 ? c.ImageId : c.ImageId[..100])}\"")}, which is no manifest's digest"
                : $"it has no container {container.Name}"
            : "";

    private static string Names(List<Pod> pods) =>
        string.Join(", ", pods.Take(MaxNamed).Select(p => p.Name)) + (pods.Count > MaxNamed ? $" and {pods.Count - MaxNamed} more" : "");
}
