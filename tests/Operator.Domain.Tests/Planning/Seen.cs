using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;

namespace Operator.Domain.Tests.Planning;

/// <summary>Observations at the points of a recovery where a test begins; each is the one before, and a step further.</summary>
internal static class Seen
{
    public static readonly DateTimeOffset Now = World.Start;

    public static readonly Pod Target = Pod("web-1", Images.Bad) with { ContainedAt = Now };

    /// <summary>A finding has just come: three replicas of a poisoned tag, all Ready.</summary>
    public static Observation Fresh() => new()
    {
        Now = Now,
        Episode = new()
        {
            Name = World.Name,
            Settings = new(),
            TargetName = "web-1",
            TargetUid = Target.Uid,
            Policy = "RecoveryPolicy shells",
            Owner = OwnerKind.Deployment,
            OwnerName = "web",
        },
        Progress = new(),
        Trust = Images.GoodIsListed,
        Target = Target with { ContainedAt = null },
        Workload = Deployment(Images.Tagged),
        Pods = [Target with { ContainedAt = null }, Pod("web-2", Images.Bad), Pod("web-3", Images.Bad)],
        Surroundings = new() { QuarantinePolicyPresent = true },
    };

    /// <summary>Contained, its evidence is captured: the question is whether it may be replaced.</summary>
    public static Observation Captured()
    {
        var target = Target with { Quarantined = true };
        return Fresh() with { Target = target, Pods = [target, .. Fresh().Pods.Skip(1)], EvidenceCaptured = true };
    }

    /// <summary>Its start is recorded.</summary>
    public static Observation Started(PinPath path = PinPath.InPlace) => Captured() with
    {
        Progress = new()
        {
            ReplacementStartedAt = Now,
            Path = path,
            Images = [new("app", Images.Pinned[0].Image, "web")],
            Removals = [new(Target.Uid, Now)],
        },
    };

    /// <summary>What makes the next pod is pinned.</summary>
    public static Observation Pinned() => Started() with { Workload = Deployment(Images.Pinned) };

    /// <summary>The target is gone, its replacement is there.</summary>
    public static Observation Replaced() => Pinned() with
    {
        Target = null,
        Pods = [Pod("web-2", Images.Good), Pod("web-3", Images.Good), Pod("web-4", Images.Good) with { CreatedAt = Now }],
    };

    /// <summary>And it is recorded.</summary>
    public static Observation Soaking() => Replaced() is var o ? o with { Progress = o.Progress with { SoakStartedAt = Now } } : throw new InvalidOperationException();

    public static Workload Deployment(IReadOnlyList<TemplateContainer> template) => new()
    {
        Kind = OwnerKind.Deployment,
        Name = "web",
        Uid = "uid-web",
        Replicas = 3,
        Template = template,
        ReplicaSets = [new() { Name = "rs-1", Uid = "uid-rs-1", Current = true, Template = template }],
    };

    public static Pod Pod(string name, string digest) => new()
    {
        Name = name,
        Uid = $"uid-{name}",
        ResourceVersion = "7",
        ReplicaSet = "rs-1",
        Node = "node-1",
        Ready = true,
        CreatedAt = Now - TimeSpan.FromDays(1),
        Containers = [new("app", "shop/web:v1", $"shop/web@{digest}")],
    };

    public static Observation With(this Observation o, Func<RecoverySettings, RecoverySettings> settings) =>
        o with { Episode = o.Episode with { Settings = settings(o.Episode.Settings) } };

    /// <summary>The same pod in both places where it is seen.</summary>
    public static Observation WithTarget(this Observation o, Func<Pod, Pod> change) => o with
    {
        Target = change(o.Target!),
        Pods = [.. o.Pods.Select(p => p.Uid == o.Episode.TargetUid ? change(p) : p)],
    };

    public static string Says(this Observation o) => Images.Named(Words.Say(RecoveryPlanner.Decide(o)));
}
