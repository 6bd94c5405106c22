using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning;

public sealed class LimitsTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(new int[0], 1, null)]
    [InlineData(new[] { -1 }, 1, 9)]
    [InlineData(new[] { -10 }, 1, null)]
    [InlineData(new[] { -9, -5, -1 }, 3, 1)]
    [InlineData(new[] { -1, -9, -5 }, 3, 1)]
    [InlineData(new[] { -9, -8, -7, -1 }, 3, 2)]
    [InlineData(new[] { -9, -5, -1 }, 4, null)]
    [InlineData(new[] { 5 }, 1, 15)]
    [InlineData(new int[0], 0, 10)]
    [InlineData(new[] { -1 }, 0, 10)]
    [InlineData(new[] { -1 }, -1, 10)]
    public void A_window_has_room_once_enough_of_its_uses_have_left_it(int[] minutes, int limit, int? roomIn) =>
        Limits.RoomAt(Uses(minutes), limit, Window, Now).Should().Be(roomIn is null ? null : Now.AddMinutes(roomIn.Value));

    [Theory]
    [InlineData(new[] { -1 }, 2, null)]
    [InlineData(new[] { -1 }, 1, 59)]
    [InlineData(new[] { -55 }, 1, 10)]
    [InlineData(new[] { -60 }, 1, null)]
    public void A_breaker_stays_open_for_its_cooldown_and_until_the_hour_has_room(int[] minutes, int perHour, int? openFor) =>
        Limits.BreakerOpensUntil(Uses(minutes), perHour, TimeSpan.FromMinutes(10), Now).Should().Be(openFor is null ? null : Now.AddMinutes(openFor.Value));

    [Theory]
    [InlineData(25, true, 1, 1)]
    [InlineData(25, true, 4, 1)]
    [InlineData(25, true, 5, 2)]
    [InlineData(25, true, 0, 1)]
    [InlineData(0, true, 100, 1)]
    [InlineData(100, true, 3, 3)]
    [InlineData(0, false, 3, 1)]
    [InlineData(2, false, 3, 2)]
    public void At_least_one_pod_may_always_be_unavailable(int number, bool percent, int replicas, int allowed) =>
        new RecoverySettings { MaxUnavailable = (number, percent) }.UnavailableAllowed(replicas).Should().Be(allowed);

    private static DateTimeOffset[] Uses(int[] minutes) => [.. minutes.Select(m => Now.AddMinutes(m))];
}
