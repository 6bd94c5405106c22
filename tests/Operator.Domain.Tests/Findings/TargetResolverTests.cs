using Operator.Domain.Findings;

namespace Operator.Domain.Tests.Findings;

public sealed class TargetResolverTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TargetCandidate Web = new("shop", "web-1", "uid-web", Noon, ["5892b41bcf46aaaa", "5892b41bcf46bbbb"], 1);
    private static readonly TargetCandidate Cart = new("shop", "cart-1", "uid-cart", Noon, ["97c9868ea832cccc"], 0);

    [Fact]
    public void A_UID_decides() => Resolved(Hints() with { PodUid = "uid-cart" }).Should().Be("uid-cart");

    [Fact]
    public void A_UID_that_no_pod_has_may_still_appear() => Unresolved(Hints() with { PodUid = "uid-x" }).Should().BeEquivalentTo(new { Reason = "PodNotFound", MayAppear = true });

    [Theory]
    [InlineData("other", "cart-1")]
    [InlineData("shop", "web-1")]
    public void A_UID_that_another_name_contradicts_means_nobody(string ns, string pod) =>
        Unresolved(Hints() with { PodUid = "uid-cart", Namespace = ns, Pod = pod }).Should().BeEquivalentTo(new { Reason = "Contradiction", MayAppear = false });

    [Theory]
    [InlineData("97c9868ea832")]
    [InlineData("97c9868ea832cccc")]
    [InlineData("containerd://97c9868ea832cccc")]
    public void A_container_id_may_be_cut_short_or_name_its_runtime(string id) => Resolved(Hints() with { ContainerId = id }).Should().Be("uid-cart");

    [Theory]
    [InlineData("97")]
    [InlineData("97c9868ea83")]
    [InlineData("docker://97c9868ea83")]
    [InlineData("97c9868ea83g")]
    public void Fewer_than_twelve_hexadecimal_digits_name_no_container(string id) =>
        Unresolved(Hints() with { ContainerId = id }).Should().BeEquivalentTo(new { Reason = "NoPodNamed", MayAppear = false });

    [Theory]
    [InlineData("uid-cart", null)]
    [InlineData(null, "97c9868ea832")]
    public void Nothing_that_is_said_names_a_pod_that_the_finding_does_not_name(string? uid, string? container) =>
        Unresolved(Hints() with { PodUid = uid, ContainerId = container, Namespace = "tenant", Pod = "own-1" }).Message.Should().NotContain("shop").And.NotContain("cart-1");

    [Fact]
    public void A_pod_that_only_its_name_identifies_is_to_be_read_again() =>
        Resolve(Named(), Web).Should().Be(new TargetResolution.Resolved("uid-web", ByName: true));

    [Fact]
    public void The_id_of_a_container_that_has_restarted_still_means_its_pod() => Resolved(Hints() with { ContainerId = "5892b41bcf46aaaa" }).Should().Be("uid-web");

    [Fact]
    public void An_id_that_fits_two_pods_is_ambiguous() =>
        Unresolved(Hints() with { ContainerId = "5892b41bcf46" }, Web, Cart with { ContainerIds = ["5892b41bcf46dddd"] }).Reason.Should().Be("Ambiguous");

    [Fact]
    public void A_container_of_another_pod_than_the_named_one_is_a_contradiction() =>
        Unresolved(Hints() with { ContainerId = "97c9868ea832", Namespace = "shop", Pod = "web-1" }).Reason.Should().Be("Contradiction");

    [Fact]
    public void A_container_that_the_named_pod_never_had_was_a_predecessors() =>
        Unresolved(Hints() with { ContainerId = "f29b261f8831", Namespace = "shop", Pod = "web-1" }).Should().BeEquivalentTo(new { Reason = "ContainerNotFound", MayAppear = true }, "a watch may be late with a restart");

    [Fact]
    public void A_pod_that_has_restarted_often_may_have_had_it() =>
        Resolved(Hints() with { ContainerId = "f29b261f8831", Namespace = "shop", Pod = "web-1" }, Web with { Restarts = 2 }).Should().Be("uid-web");

    [Fact]
    public void A_pod_that_does_not_know_its_containers_yet_is_taken_by_name() =>
        Resolved(Hints() with { ContainerId = "f29b261f8831", Namespace = "shop", Pod = "web-1" }, Web with { ContainerIds = [], Restarts = 0 }).Should().Be("uid-web");

    [Fact]
    public void A_process_of_the_host_is_no_pods() =>
        Unresolved(Hints() with { ContainerId = "host", Namespace = "shop", Pod = "web-1" }).Should().BeEquivalentTo(new { Reason = "HostProcess", MayAppear = false });

    [Theory]
    [InlineData(-6, false)]
    [InlineData(-5, true)]
    [InlineData(0, true)]
    [InlineData(3600, true)]
    public void A_name_means_the_pod_that_was_there_at_the_time(int seconds, bool resolved) =>
        (Resolve(Named() with { At = Noon.AddSeconds(seconds) }, Web) is TargetResolution.Resolved).Should().Be(resolved);

    [Fact]
    public void A_late_finding_does_not_mean_the_innocent_successor_of_the_same_name() =>
        Unresolved(Named() with { At = Noon.AddMinutes(-1) }).Should().BeEquivalentTo(new { Reason = "BeforePod", MayAppear = false });

    [Fact]
    public void Times_at_the_ends_of_time_are_no_exception()
    {
        Resolved(Named() with { At = DateTimeOffset.MaxValue }).Should().Be("uid-web");
        Unresolved(Named() with { At = DateTimeOffset.MinValue }).Reason.Should().Be("BeforePod");
        Resolved(Named() with { At = DateTimeOffset.MinValue }, Web with { CreatedAt = DateTimeOffset.MinValue }).Should().Be("uid-web");
    }

    [Fact]
    public void The_same_name_in_another_namespace_is_another_pod() =>
        Unresolved(Named() with { Namespace = "other" }).Should().BeEquivalentTo(new { Reason = "PodNotFound", MayAppear = true });

    [Fact]
    public void A_name_without_a_namespace_is_not_guessed() => Unresolved(Named() with { Namespace = null }).Reason.Should().Be("PodNotFound");

    [Fact]
    public void What_names_nothing_means_nothing() =>
        Unresolved(Hints() with { Namespace = "shop" }).Should().BeEquivalentTo(new { Reason = "NoPodNamed", MayAppear = false });

    private static TargetHints Hints() => new() { At = Noon };

    private static TargetHints Named() => Hints() with { Namespace = "shop", Pod = "web-1" };

    private static TargetResolution Resolve(TargetHints hints, params TargetCandidate[] candidates) =>
        TargetResolver.Resolve(hints, candidates.Length == 0 ? [Web, Cart] : candidates);

    private static string Resolved(TargetHints hints, params TargetCandidate[] candidates) =>
        Resolve(hints, candidates).Should().BeOfType<TargetResolution.Resolved>().Which.Uid;

    private static TargetResolution.Unresolved Unresolved(TargetHints hints, params TargetCandidate[] candidates) =>
        Resolve(hints, candidates).Should().BeOfType<TargetResolution.Unresolved>().Which;
}
