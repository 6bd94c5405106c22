using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Telemetry;

namespace Operator.Recoveries;

/// <summary>
/// What Events of a recovery are about: its record, and in the namespace of the target the pod and its workload, where its team looks for them.
/// Only the record may say something that names other namespaces.
/// </summary>
internal sealed class RecoverySubjects(EventRecorder events, Recovery recovery)
{
    private readonly EventSubject record = new(WellKnown.ApiVersion, nameof(Recovery), recovery.Metadata.NamespaceProperty, recovery.Metadata.Name, recovery.Metadata.Uid);
    private readonly List<EventSubject> besides = OfTarget(recovery.Spec.Target);

    public void Normal(string reason, string message, EventChapter chapter)
    {
        events.Normal(record, reason, message, chapter);
        foreach (var subject in besides)
            events.Normal(subject, reason, message, chapter);
    }

    public void Warning(string reason, string message, EventChapter chapter)
    {
        events.Warning(record, reason, message, chapter);
        foreach (var subject in besides)
            events.Warning(subject, reason, reason == Reasons.DrainStalled ? "the node of the pod is drained, and pods stay on it" : message, chapter);
    }

    /// <summary>Notes are for who operates the cluster: they name other pods of a node, and revocations.</summary>
    public void Note(string note) => events.Warning(record, "Noted", note, EventChapter.Note);

    private static List<EventSubject> OfTarget(RecoveryTarget target)
    {
        List<EventSubject> subjects = [new("v1", "Pod", target.Namespace, target.Name, target.Uid)];
        if (target.Workload is { } workload)
            subjects.Add(new(workload.ApiVersion, workload.Kind, target.Namespace, workload.Name, workload.Uid));
        return subjects;
    }
}
