namespace Operator.Domain.Planning.Rules;

/// <summary>What the operator's own account must be allowed to do.</summary>
internal static class Rights
{
    /// <summary>Unmet for ever: contained and Blocked, until somebody grants the right or pins the template.</summary>
    public static Decision? TemplatesWritable(Observation o) =>
        o.Surroundings.TemplatesUnwritable is { } why && MustPin(o)
            ? new Decision.Block(Reasons.NotPermitted, $"{Course.Owner(o)} names an image that is no trusted digest, and {why}", "that role, or the workload's template")
            : null;

    /// <summary>What a rollout leaves behind need not be written.</summary>
    private static bool MustPin(Observation o) => Pinning.PathOf(o) switch
    {
        PinPath.InPlace when o.Episode.Owner == OwnerKind.CronJob => o.Workload is { } workload && !o.Trusts(workload.Template),
        PinPath.InPlace => !Pinning.AllTemplatesTrusted(o),
        PinPath.Rollout => o.Workload is { } workload && !o.Trusts(workload.Template),
        _ => false,
    };
}
