namespace Operator.Domain.Planning.Rules;

/// <summary>Below its partition a StatefulSet makes pods from an old revision, which nobody can change.</summary>
internal static class Partition
{
    /// <summary>The revision that makes the next pod of this one's ordinal, where that is not the template.</summary>
    public static HeldRevision? Held(Observation o, Pod pod) =>
        o.Workload?.Held is { } held && pod.Ordinal < held.Partition ? held : null;

    /// <summary>Unmet for ever: contained and Blocked, for nothing but the partition, or admission, keeps that revision from making the next pod.</summary>
    public static Decision? NotHeldBack(Observation o, Pod? leaving) =>
        leaving is not null && Pinning.PathOf(o) != PinPath.ByAdmission && Held(o, leaving) is { } held && !o.Trusts(held.Template)
            ? new Decision.Block(
                Reasons.PartitionHolds,
                $"{leaving.Name} is below partition {held.Partition} of {Course.Owner(o)}: its next pod is made from revision {held.Name}, which names an untrusted image, whatever the template says; lower the partition",
                "the StatefulSet's partition")
            : null;

    public static Decision? NotHeldBack(Observation o) => NotHeldBack(o, o.Target);
}
