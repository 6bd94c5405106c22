using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Demo;

/// <summary>Where an alert came to rest: refused, stored without a recovery, or with one that ended or waits for a person.</summary>
internal sealed record Ending(string Outcome, string? Reason, ObjectKey? Recovery)
{
    /// <summary>Waits for everything that the receiver stored of one request.</summary>
    public static async Task<IReadOnlyList<Ending>> OfAsync(Platform platform, ReceiverReply reply, CancellationToken cancellation)
    {
        if (reply.Stored.Count == 0)
            return [new("Refused", reply.Refusal, null)];
        var endings = new List<Ending>();
        foreach (var name in reply.Stored)
        {
            Ending? ending = null;
            await Patience.UntilAsync(_ => Task.FromResult((ending = Of(platform, new(Platform.OperatorNamespace, name))) is not null), $"finding {name} came to rest", cancellation);
            endings.Add(ending!);
        }
        return endings;
    }

    private static Ending? Of(Platform platform, ObjectKey finding) => platform.Findings.Store.Get(finding)?.Status switch
    {
        null or { State: FindingState.Pending } => null,
        { State: FindingState.Matched, Recovery: { } reference } => Of(platform.Recoveries.Store.Get(new(reference.Namespace, reference.Name))),
        var status => new(status.State.ToString(), status.Message, null),
    };

    private static Ending? Of(Recovery? recovery) => recovery?.Status switch
    {
        { Outcome: { } outcome } status => new(outcome, status.Message, ObjectKey.Of(recovery.Metadata)),
        { Phase: "Blocked" } status => new("Blocked", status.Message, ObjectKey.Of(recovery.Metadata)),
        _ => null,
    };
}
