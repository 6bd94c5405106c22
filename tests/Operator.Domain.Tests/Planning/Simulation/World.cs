using Operator.Domain.Planning;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>
/// A toy cluster: one Deployment with its ReplicaSets and pods, a registry of tags, a clock that moves only when nothing else
/// does. It does what the real controllers do in what recovery depends on, and nothing more.
/// </summary>
internal sealed partial class World
{
    public const string Rule = "Terminal shell in container";
    public const string Name = "shop/web-recovery";
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly List<Happening> happenings = [];
    private readonly Dictionary<string, Life> lives = [];
    private readonly List<Set> sets = [];
    private readonly HashSet<string> broken = [];
    private int made;

    public DateTimeOffset Now { get; private set; } = Start;
    public required string Title { get; init; }

    // What the scenario sets up.
    public int Replicas { get; set; } = 3;
    public bool Recreate { get; init; }
    public IReadOnlyList<TemplateContainer> Template { get; set; } = Images.Tagged;
    public RecoverySettings Settings { get; init; } = new();
    public OwnerKind Owner { get; init; } = OwnerKind.Deployment;
    public string OwnerName { get; init; } = "web";
    public TrustDecision Trust { get; set; } = Images.GoodIsListed;
    public Dictionary<string, string> Registry { get; } = new() { ["v1"] = Images.Bad, ["v2"] = Images.Bad };
    public TimeSpan EvidenceTakes { get; init; } = TimeSpan.FromSeconds(1);
    public bool PullsFail { get; set; }
    public Func<Pod, Pod> Shape { get; init; } = pod => pod;

    /// <summary>What a webhook makes of the image that a pod names, such as one that sends pods to a mirror.</summary>
    public Func<string, string> Rewrites { get; set; } = image => image;

    /// <summary>How the runtime reports an image, by its repository and digest.</summary>
    public Func<string, string, string> Reports { get; set; } = (repository, digest) => $"{repository}@{digest}";

    // What people and other recoveries do.
    public bool Cancelled { get; set; }
    public Approval? Approval { get; set; }
    public string? ProtectedBecause { get; init; }
    public string? Budget { get; set; }
    public Node? Node { get; set; }
    public Usage Usage { get; set; } = new();
    public History History { get; init; } = new();
    public IReadOnlyList<string> FindingsOnReplacements { get; set; } = [];
    public bool WorkloadGone { get; set; }
    public bool Paused { get; set; }
    public bool QuarantinePolicy { get; set; }

    // What the operator did.
    public string? PausedBy { get; private set; }
    public int Pins { get; private set; }
    public bool EvidenceCaptured { get; private set; }
    public Progress Progress { get; private set; } = new();
    public List<string> Notes { get; } = [];
    public List<(DateTimeOffset At, string What)> Heard { get; } = [];

    public string TargetUid { get; private set; } = "";
    public string TargetName { get; private set; } = "";
    public IEnumerable<Pod> Pods => lives.Values.Select(l => l.Pod);
    /// <summary>Whether its owner is one that makes pods from a template.</summary>
    public bool Makes => Owner is OwnerKind.Deployment || (Owner == OwnerKind.Other && Unknown is null) || IsNumbered || HasJobs;

    /// <summary>Why nothing is known of an owner of another kind.</summary>
    public string? Unknown { get; init; }

    /// <summary>The tool that writes the workload.</summary>
    public string? ManagedBy { get; init; }

    public Pod? Target => lives.GetValueOrDefault(TargetUid)?.Pod;

    /// <summary>A pod that is still starting, or still stopping, changes at a time of its own.</summary>
    private sealed class Life(Pod pod, DateTimeOffset readyAt)
    {
        public Pod Pod { get; set; } = pod;
        public DateTimeOffset ReadyAt => readyAt;
    }

    private sealed class Set(string name, IReadOnlyList<TemplateContainer> template)
    {
        public string Name => name;
        public IReadOnlyList<TemplateContainer> Template { get; set; } = template;
        public int Wanted { get; set; }
        public bool Current { get; set; }
    }

    private sealed record Happening(DateTimeOffset At, string What, Action<World> Happens);

    /// <summary>Something that people or the cluster do at a time, whatever the operator does.</summary>
    public World After(TimeSpan time, string what, Action<World> happens)
    {
        happenings.Add(new(Start + time, what, happens));
        return this;
    }

    /// <summary>Everything runs; the first pod, or another, is the target.</summary>
    public World Running(int target = 0)
    {
        if (IsNumbered)
            MakeAll();
        else if (Makes)
            Settle();
        else
            Make(null);
        Become(target);
        return this;
    }

    /// <summary>A rollout to another template has made its first new pod, which stays compromised or not.</summary>
    public World RollingOutTo(IReadOnlyList<TemplateContainer> template, int target)
    {
        Settle();
        foreach (var life in lives.Values)
            life.Pod = life.Pod with { Ready = true };
        Template = template;
        Settle();
        Become(target);
        return this;
    }

    private void Hear(string what) => Heard.Add((Now, what));

    private void Become(int target)
    {
        (TargetUid, TargetName) = lives.Values.Select(l => (l.Pod.Uid, l.Pod.Name)).ElementAt(target);
        foreach (var life in lives.Values)
            life.Pod = life.Pod with { Ready = true, CreatedAt = Start - TimeSpan.FromDays(1) };
        Heard.Clear();
        TrustArrived = true;
    }

    public Observation Observe()
    {
        var seen = Look();
        return seen with { Admission = Offer with { CanRevoke = CanRevoke, Trial = RecoveryPlanner.TrialOf(seen) is { } asked ? Try(asked) : null } };
    }

    private Observation Look() => new()
    {
        Now = Now,
        Episode = new Episode
        {
            Name = Name,
            Settings = Settings,
            TargetName = TargetName,
            TargetUid = TargetUid,
            Policy = "RecoveryPolicy shells",
            Owner = Owner,
            OwnerName = OwnerName,
            Cancelled = Cancelled,
            Approval = Approval,
            UncheckedApprovalsAllowed = true,
        },
        Progress = Progress,
        Trust = Trust.Keeping(Progress.Images.Select(i => ImageReference.Parse(i.Image))),
        Target = Target,
        Workload = WorkloadGone || !Makes ? null : OfJobs(new Workload
        {
            Kind = Owner,
            OnDelete = OnDelete,
            Held = Partition > 0 && Owner == OwnerKind.StatefulSet ? new("web-r1", Partition, Old) : null,
            Name = "web",
            Uid = "uid-web",
            Replicas = Replicas,
            Paused = Paused,
            PausedBy = PausedBy,
            ManagedBy = ManagedBy,
            RevertedBy = Pins > 0 && ManagedBy is not null ? "argocd-controller" : null,
            PinnedBy = Pins > 0 ? Name : null,
            Pins = Pins,
            Template = Template,
            ReplicaSets = [.. sets.Where(s => s.Wanted > 0 || Owned(s).Any()).Select(s => new ReplicaSet { Name = s.Name, Uid = $"uid-{s.Name}", Current = s.Current, Template = s.Template })],
        }),
        WorkloadUnknown = Unknown,
        Pods = [.. Pods.Where(p => p.DetachedAt is null && (p.ReplicaSet is not null || p.Job is not null || IsNumbered))],
        Released = [.. Pods.Where(p => p.DetachedAt is not null && p.Uid != TargetUid && Progress.Removals.Any(r => r.Uid == p.Uid))],
        Surroundings = new Surroundings
        {
            ProtectedBecause = ProtectedBecause,
            QuarantinePolicyPresent = QuarantinePolicy,
            BlockingDisruptionBudget = Budget,
            Node = Settings.CordonNode ? Node : null,
        },
        Admission = Offer with { CanRevoke = CanRevoke },
        Usage = Usage,
        EvidenceCaptured = EvidenceCaptured,
        FindingsOnReplacements = FindingsOnReplacements,
        History = History,
    };
}
