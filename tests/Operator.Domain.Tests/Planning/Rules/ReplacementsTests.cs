using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests.Planning.Rules;

public sealed class ReplacementsTests
{
    private const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("mirror.example.com/web:v1", "mirror.example.com/web", "an admission webhook, such as one for a registry mirror, changed its repository")]
    [InlineData("shop/web:v1", "shop/web", "an admission webhook changed its digest")]
    [InlineData($"shop/web:v1@{Images.Bad}", "shop/web", "an admission webhook changed its digest")]
    public void A_replacement_that_came_out_untrusted_stops_the_recovery_with_the_cause(string spec, string ran, string cause)
    {
        var made = Replaced(new Container("app", spec, $"{ran}@{Images.Bad}"));

        made.Says().Should().StartWith("BLOCKED (ReplacementUntrusted): web-4, made in the place of a removed pod, runs an untrusted image: container app runs ")
            .And.Contain(cause).And.Contain("web-2, web-3 run an untrusted image, too, and are left alone");
    }

    [Theory]
    [InlineData("shop/web", "admission did not pin its tag, and node node-1 had it cached or its registry serves it")]
    [InlineData("mirror.example.com/web", "a registry mirror of node node-1 serves it, or the node had it cached")]
    public void Where_admission_was_to_pin_it_the_node_is_named(string ran, string cause) =>
        (Replaced(new Container("app", "shop/web:v1", $"{ran}@{Images.Bad}")) with { Workload = Seen.Deployment(Images.Tagged), Progress = Seen.Started(PinPath.ByAdmission).Progress, Admission = new() { PinsTags = true, RefusesUnlisted = true, Trial = new() { Became = new Dictionary<string, string> { ["shop/web:v1"] = Images.Pinned[0].Image } } } })
            .Says().Should().StartWith("BLOCKED (ReplacementUntrusted)").And.Contain(cause);

    [Fact]
    public void A_pod_that_was_made_before_is_a_sibling_and_so_is_one_made_before_it_was_decided_again()
    {
        var made = Replaced(new Container("app", "shop/web:v1", $"shop/web@{Images.Bad}"));
        (made with { Episode = made.Episode with { YoungSiblings = ["uid-web-4"] }, Pods = [.. made.Pods.Skip(1), Seen.Pod("web-5", Images.Good)] }).Says().Should().StartWith("record the removal of");
        (made with { Progress = made.Progress with { DecidedAgainAt = Seen.Now.AddSeconds(9) }, Now = Seen.Now.AddSeconds(10) }).Says().Should().StartWith("record the removal of web-2");
        (made with { Pods = [made.Pods[0], made.Pods[1], made.Pods[2] with { Containers = [new("app", "shop/web:v1", null)] }] }).Says().Should().Contain("WaitingForReplacement", "its container has not started");
    }

    [Fact]
    public void One_that_an_untrusted_template_made_is_no_failed_replacement()
    {
        var made = Replaced(new Container("app", "shop/web:v1", $"shop/web@{Images.Bad}"));
        var old = Seen.Deployment(Images.Pinned) with { ReplicaSets = [Seen.Deployment(Images.Pinned).ReplicaSets[0], new() { Name = "rs-0", Uid = "uid-rs-0", Template = Images.Tagged }] };
        (made with { Workload = old, Pods = [.. made.Pods.Select(p => p with { ReplicaSet = "rs-0" })] }).Says().Should().NotContain("ReplacementUntrusted");
    }

    [Fact]
    public void Where_clocks_differ_not_one_trusted_pod_after_a_removal_says_the_same()
    {
        var made = Replaced(new Container("app", "shop/web:v1", $"shop/web@{Images.Bad}"));
        (made with { Pods = [.. made.Pods.Select(p => p with { CreatedAt = Seen.Now.AddMinutes(-5) })] })
            .Says().Should().StartWith("BLOCKED (ReplacementUntrusted): a pod was removed and no pod of Deployment web runs a trusted image");
    }

    [Fact]
    public void A_sibling_of_which_it_is_not_known_what_it_runs_stays_and_is_told()
    {
        Container unknown = new("app", "shop/web:v1", Id);
        var siblings = Seen.Replaced() with { Pods = [Seen.Pod("web-4", Images.Good) with { CreatedAt = Seen.Now }, .. new[] { "web-2", "web-3" }.Select(n => Seen.Pod(n, "") with { Containers = [unknown] })] };
        const string Left = "left alone, since it is not known which image they run: web-2, web-3 (container app names shop/web:v1, and the runtime reports \"";

        siblings.Says().Should().StartWith($"record the replacement; {Left}{Id}\", which is no manifest's digest)");
        siblings.With(s => s with { Soak = TimeSpan.Zero }).Says().Should().StartWith("END Succeeded (Verified): every replacement runs a trusted image and every pod is Ready; " + Left);
    }

    [Fact]
    public void An_unknown_replacement_is_trusted_by_the_digest_that_it_names_and_else_waited_for_and_then_told()
    {
        Seen.Replaced().Says().Should().Be("record the replacement");
        Replaced(new Container("app", Images.Pinned[0].Image, Id)).Says().Should().StartWith("record the removal of web-2", "its spec names a trusted digest, and it runs");
        var unknown = Replaced(new Container("app", "shop/web:v1", Id));
        unknown.Says().Should().StartWith("wait until 0.00:10:00: it is not known which image the replacement web-4 runs").And.Contain("(WaitingForReplacement)");
        (unknown with { Now = Seen.Now.AddMinutes(10) }).Says().Should().StartWith("BLOCKED (ReplacementUnknown): it is not known which image the replacement web-4 runs");
    }

    [Fact]
    public void The_accused_pod_goes_even_if_it_is_not_known_what_it_runs() =>
        Seen.Pinned().WithTarget(p => p with { Containers = [new("app", "shop/web:v1", Id)] }).Says().Should().StartWith("delete web-1");

    [Fact]
    public void A_volume_of_a_revoked_digest_makes_a_template_and_its_pods_untrusted()
    {
        IReadOnlyList<TemplateContainer> template = [.. Images.Pinned, new("model", $"shop/model@{Images.Better}", IsVolume: true)];
        var mounted = Seen.Captured() with { Workload = Seen.Deployment(template) };
        mounted.Says().Should().StartWith("record the start: AlreadyTrusted", "what nobody lists or revokes is told, not judged");
        (mounted with { Trust = Images.GoodIsListed.Revoking(Images.Better) }).Says()
            .Should().Be($"BLOCKED (NoTrustedDigest): container model: it is a volume that mounts shop/model@sha256:better, which is revoked, and image volumes are not pinned; woken by a TrustedImage");
        mounted.Judge(mounted.Pods[1] with { Containers = [new("app", Images.Pinned[0].Image, null)] }).Should().Be(TrustVerdict.Trusted);
    }

    /// <summary>A pod of this container has taken the target's place; its siblings run the bad digest.</summary>
    private static Observation Replaced(Container container) => Seen.Pinned() with
    {
        Target = null,
        Pods = [Seen.Pod("web-2", Images.Bad), Seen.Pod("web-3", Images.Bad), Seen.Pod("web-4", Images.Good) with { CreatedAt = Seen.Now, Containers = [container] }],
    };
}
