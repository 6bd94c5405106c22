namespace Operator.Domain.Findings;

/// <summary>What a source says of the pod it means.</summary>
public sealed record TargetHints
{
    public string? Namespace { get; init; }
    public string? Pod { get; init; }
    public string? PodUid { get; init; }

    /// <summary>
    /// Possibly cut short to <see cref="TargetResolver.ShortestContainerId"/> digits; the runtime's scheme is left out. What is shorter, or is no
    /// hexadecimal number, would fit containers of anybody: it names none.
    /// </summary>
    public string? ContainerId
    {
        get;
        init => field = TargetResolver.ContainerId(value);
    }

    /// <summary>When it happened, or arrived where the source did not say.</summary>
    public required DateTimeOffset At { get; init; }

    public bool NamesAnything => !string.IsNullOrEmpty(PodUid) || !string.IsNullOrEmpty(ContainerId) || !string.IsNullOrEmpty(Pod);
}

/// <summary>A pod that a finding may mean.</summary>
public sealed record TargetCandidate(string Namespace, string Name, string Uid, DateTimeOffset CreatedAt, IReadOnlyList<string> ContainerIds, int Restarts);

/// <summary>Which pod a finding means: one and no other, or none.</summary>
public abstract record TargetResolution
{
    private TargetResolution()
    {
    }

    /// <param name="Uid">The pod's.</param>
    /// <param name="ByName">Only its name says so: a pod that has replaced it under the same name may be meant.</param>
    public sealed record Resolved(string Uid, bool ByName = false) : TargetResolution;

    /// <param name="Reason">In one word.</param>
    /// <param name="Message">For people. It names nothing that the finding does not name: who reads it may not know other namespaces.</param>
    /// <param name="MayAppear">Whether waiting a moment could help: findings can be faster than watches.</param>
    public sealed record Unresolved(string Reason, string Message, bool MayAppear) : TargetResolution;
}

/// <summary>The UID decides, else the container id, else name and time. What is ambiguous is not resolved.</summary>
public static class TargetResolver
{
    /// <summary>Creation times are whole seconds, and clocks of nodes and API server differ a little.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <summary>Falco and Docker cut container ids to twelve digits; fewer are guessed in no time.</summary>
    public const int ShortestContainerId = 12;

    /// <summary>A pod keeps the id of each container's present and last run; after more restarts an id can be of an earlier one.</summary>
    private const int RestartsRemembered = 1;

    /// <summary>Falco writes this where no container is involved.</summary>
    private const string Host = "host";

    /// <summary>What identifies a container; null where nothing does.</summary>
    internal static string? ContainerId(string? said)
    {
        var id = said?.IndexOf("://", StringComparison.Ordinal) is { } scheme and >= 0 ? said[(scheme + 3)..] : said;
        return id == Host || (id?.Length >= ShortestContainerId && id.All(char.IsAsciiHexDigit)) ? id : null;
    }

    public static TargetResolution Resolve(TargetHints hints, IReadOnlyCollection<TargetCandidate> candidates)
    {
        if (hints.ContainerId == Host)
            return new TargetResolution.Unresolved("HostProcess", "it is about a process of the host, not of a pod", false);
        if (!hints.NamesAnything)
            return new TargetResolution.Unresolved("NoPodNamed", "it names no pod", false);
        if (!string.IsNullOrEmpty(hints.PodUid))
            return ByUid(hints, candidates);
        if (!string.IsNullOrEmpty(hints.ContainerId) && ByContainer(hints, candidates) is { } byContainer)
            return byContainer;
        return ByName(hints, candidates);
    }

    private static TargetResolution ByUid(TargetHints hints, IReadOnlyCollection<TargetCandidate> candidates) =>
        candidates.FirstOrDefault(c => c.Uid == hints.PodUid) switch
        {
            null => new TargetResolution.Unresolved("PodNotFound", $"no pod has the UID {hints.PodUid}", true),
            var pod when Contradicts(hints, pod) => new TargetResolution.Unresolved("Contradiction", $"the pod with the UID {hints.PodUid} has another namespace or name than the finding says", false),
            var pod => new TargetResolution.Resolved(pod.Uid),
        };

    private static TargetResolution? ByContainer(TargetHints hints, IReadOnlyCollection<TargetCandidate> candidates)
    {
        var owners = candidates.Where(c => c.ContainerIds.Any(id => id.StartsWith(hints.ContainerId!, StringComparison.Ordinal))).ToList();
        if (owners.Count > 1)
            return new TargetResolution.Unresolved("Ambiguous", $"containers of several pods begin with {hints.ContainerId}", false);
        if (owners is [var owner])
        {
            return Contradicts(hints, owner)
                ? new TargetResolution.Unresolved("Contradiction", $"container {hints.ContainerId} belongs to another pod than the finding names", false)
                : new TargetResolution.Resolved(owner.Uid);
        }
        // The named pod knows its containers and this is none of them: a predecessor's, unless it has restarted out of memory.
        var named = Named(hints, candidates);
        return named is { Restarts: <= RestartsRemembered, ContainerIds.Count: > 0 }
            ? new TargetResolution.Unresolved("ContainerNotFound", $"no container of {named.Namespace}/{named.Name} has the id {hints.ContainerId}", true)
            : null;
    }

    private static TargetResolution ByName(TargetHints hints, IReadOnlyCollection<TargetCandidate> candidates)
    {
        if (string.IsNullOrEmpty(hints.Pod) || string.IsNullOrEmpty(hints.Namespace))
            return new TargetResolution.Unresolved("PodNotFound", "no pod has this container, and namespace and name were not both given", true);
        if (Named(hints, candidates) is not { } pod)
            return new TargetResolution.Unresolved("PodNotFound", $"there is no pod {hints.Namespace}/{hints.Pod}", true);
        return pod.CreatedAt - hints.At > Tolerance
            ? new TargetResolution.Unresolved("BeforePod", $"it happened at {hints.At:u}, before this pod of that name was created", false)
            : new TargetResolution.Resolved(pod.Uid, ByName: true);
    }

    private static TargetCandidate? Named(TargetHints hints, IReadOnlyCollection<TargetCandidate> candidates) =>
        candidates.FirstOrDefault(c => c.Namespace == hints.Namespace && c.Name == hints.Pod);

    private static bool Contradicts(TargetHints hints, TargetCandidate pod) =>
        (!string.IsNullOrEmpty(hints.Pod) && hints.Pod != pod.Name) || (!string.IsNullOrEmpty(hints.Namespace) && hints.Namespace != pod.Namespace);
}
