using System.Security.Cryptography;
using System.Text;
using Operator.Domain.Planning.Rules;

namespace Operator.Domain.Planning;

/// <summary>What would be done, in words that a person approves, and a hash by which the approval names it.</summary>
public sealed record RecoveryPlan(string Hash, IReadOnlyList<string> Steps)
{
    /// <summary>The same plan, with the same hash, for as long as target, policy, path and images stay the same.</summary>
    public static RecoveryPlan For(Observation o)
    {
        var settings = o.Episode.Settings;
        var replaceable = Course.Replaceable(o);
        var path = replaceable ? Pinning.PathOf(o) : PinPath.AlreadyTrusted;
        var images = replaceable ? Pinning.Images(o) : [];
        // Once the templates are pinned the images to pin are no longer seen in them, but they are still what was planned.
        if (o.Progress.ReplacementStartedAt is not null)
            images = o.Progress.Images;

        var steps = new List<string>
        {
            o.Episode.Owner == OwnerKind.Node ? $"leave pod {o.Episode.TargetName} as it is: its node runs it"
                : settings.DenyNetwork ? $"isolate pod {o.Episode.TargetName}: quarantine label and NetworkPolicy"
                : $"label pod {o.Episode.TargetName} as quarantined",
            "capture its logs, manifest and events",
        };
        if (settings.CordonNode)
            steps.Insert(1, "cordon its node until the recovery ends");
        if (replaceable)
        {
            steps.AddRange(images.Select(i => $"pin container {i.Container} to {i.Image} ({i.TrustedBy})"));
            if (path == PinPath.ByAdmission)
                steps.AddRange(Admitting.Condemned(o)?.Select(c => settings.Revoke ? $"revoke {c} in the whole cluster" : $"rely on {c} being refused as unlisted or revoked") ?? []);
            steps.Add(path switch
            {
                PinPath.AlreadyTrusted => $"{Course.Owner(o)} already names trusted digests: change no template",
                PinPath.ByAdmission => $"let admission pin what {Course.Owner(o)} makes, once a dry run has shown that it does, and change no template; where it does not, pin it in its template, by a rollout where one is under way",
                PinPath.InPlace when o.Episode.Owner == OwnerKind.Job => $"leave {Course.Owner(o)} to a person: its template names an untrusted image and cannot be changed",
                PinPath.InPlace when o.Episode.Owner == OwnerKind.CronJob => $"pin {Course.Owner(o)}, which makes its next Jobs from it",
                PinPath.InPlace => $"pin {Course.Owner(o)} in place, without a rollout",
                _ => $"let {Course.Owner(o)} roll out the pinned template",
            });
            steps.Add(settings.KeepOriginalFor > TimeSpan.Zero && path != PinPath.Rollout && (o.Target is null || Removal.CanBeKept(o, o.Target))
                ? $"keep the isolated original for {settings.KeepOriginalFor}"
                : $"{(Jobs.Owns(o) ? "detach the pod, so that its Job counts no failure, and " : "")}delete the pod by UID, with {settings.GracePeriodSeconds} s of grace");
            steps.Add("replace siblings that run an untrusted image, one by one");
            if (settings.DrainNode)
                steps.Add("evict the other pods of its node, within their budgets");
            steps.Add($"verify that every pod is Ready and trusted, and soak for {settings.Soak}");
        }

        var canonical = string.Join('\n', [o.Episode.TargetUid, o.Episode.Policy, path.ToString(), .. images.Select(i => $"{i.Container}={i.Image}"), .. steps]);
        return new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)).AsSpan(0, 8)), steps);
    }
}
