using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning;

public sealed class FairTurnsTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FairTurns turns = new();

    [Fact]
    public void A_namespace_alone_takes_every_slot() =>
        Refusal(4, ["a", "a", "a"], "a", "a").Should().BeNull();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(10, 5)]
    public void While_others_wait_a_namespace_holds_half_of_the_slots_and_at_least_one(int max, int share)
    {
        turns.Serve("b");
        Refusal(max, [.. Enumerable.Repeat("a", share - 1)], "a", "b").Should().BeNull();
        if (share < max)
            Refusal(max, [.. Enumerable.Repeat("a", share)], "a", "b")!.Limit.Should().Be(SharedLimit.NamespaceShare);
    }

    [Fact]
    public void A_free_slot_goes_to_the_namespace_that_was_served_least_lately()
    {
        turns.Serve("a");
        Refusal(1, [], "a", "b")!.Limit.Should().Be(SharedLimit.PolicySlots);
        Refusal(1, [], "b", "a", "b").Should().BeNull();
        turns.Serve("b");
        Refusal(1, [], "b", "a")!.Limit.Should().Be(SharedLimit.PolicySlots);
        Refusal(1, [], "a", "a", "b").Should().BeNull();
    }

    [Fact]
    public void With_more_free_slots_than_namespaces_in_front_of_it_none_is_kept_waiting()
    {
        turns.Serve("a");
        Refusal(4, [], "a", "b").Should().BeNull();
        Refusal(4, ["c"], "a", "b", "c", "d")!.Limit.Should().Be(SharedLimit.PolicySlots);
    }

    [Fact]
    public void Whoever_waits_one_of_them_is_always_let_through()
    {
        string[] all = ["a", "b", "c", "d", "e"];
        for (var round = 0; round < 20; round++)
        {
            var next = all.Where(ns => Refusal(1, [], ns, all) is null).ToList();
            next.Should().NotBeEmpty();
            turns.Serve(next[0]);
        }
        all.Select(turns.Of).Should().OnlyContain(turn => turn > 15, "each was served within the last five turns");
    }

    private Decision.Wait? Refusal(int max, string[] holders, string ns, params string[] waiting) =>
        turns.Refuse(SharedLimit.PolicySlots, max, holders, ns, waiting.ToHashSet(), Now);
}
