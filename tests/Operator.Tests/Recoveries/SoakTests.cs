using k8s.Models;
using Operator.Api.V1Alpha1;

namespace Operator.Tests.Recoveries;

/// <summary>A replacement that is compromised again.</summary>
public sealed class SoakTests : ShopTest
{
    [Fact]
    public async Task A_finding_on_a_replacement_ends_the_episode_as_Recompromised_and_opens_the_next()
    {
        await Cluster.PolicyAsync(Shop, "verify: {soak: 10m}");
        var first = (await DeployTrustedAsync())[0];
        await StartOperatorAsync();

        var replacement = await SoakingAsync(first);
        await Cluster.FindAsync(replacement, "Drop and execute new binary in container");

        await Cluster.EndedAsync(first, "Recompromised");
        await SoakingAsync(replacement, "Drop and execute new binary in container");
    }

    [Fact]
    public async Task The_same_rule_on_a_trusted_replacement_is_Blocked_for_a_person()
    {
        await Cluster.PolicyAsync(Shop, "verify: {soak: 10m}");
        var first = (await DeployTrustedAsync())[0];
        await StartOperatorAsync();

        var replacement = await SoakingAsync(first);
        await Cluster.FindAsync(replacement);

        await Cluster.EndedAsync(first, "Recompromised");
        var blocked = await Cluster.BlockedAsync(replacement, "Escalated");
        blocked.Status!.Message.Should().Contain("fired again");
        (await PodAsync(replacement))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel, "it is contained all the same");
    }

    [Fact]
    public async Task After_as_many_recompromises_as_the_policy_says_a_person_is_asked()
    {
        await Cluster.PolicyAsync(Shop, "verify: {soak: 10m}\nescalate: {after: 2}");
        var pod = (await DeployTrustedAsync())[0];
        await StartOperatorAsync();

        for (var episode = 0; episode < 2; episode++)
            pod = await SoakingAsync(pod, $"rule {episode}");
        await Cluster.FindAsync(pod, "rule 2");

        await Cluster.BlockedAsync(pod, "Escalated");
    }

    /// <summary>Reports a pod, if nobody has, and waits for its replacement to be watched.</summary>
    private async Task<V1Pod> SoakingAsync(V1Pod pod, string rule = "Terminal shell in container")
    {
        if ((await Cluster.RecoveriesAsync(Shop)).All(r => r.Spec.Target.Uid != pod.Uid()))
            await Cluster.FindAsync(pod, rule);
        var soaking = await Cluster.RecoveryAsync(pod, r => r.Status?.Reason == "Soaking", "soaks");
        var others = soaking.Status!.Replacements.Select(r => r.Uid).ToHashSet();
        return (await Cluster.PodsAsync(Shop)).Where(p => others.Contains(p.Uid())).MaxBy(p => p.CreationTimestamp())!;
    }
}
