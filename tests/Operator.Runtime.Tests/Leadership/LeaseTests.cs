using System.Text.Json;

namespace Operator.Runtime.Tests.Leadership;

public sealed class LeaseTests
{
    [Fact]
    public void A_MicroTime_has_six_digits_even_for_a_whole_second()
    {
        Lease lease = new()
        {
            Metadata = new() { Name = "l" },
            Spec = new() { RenewTime = new(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), AcquireTime = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234567) },
        };

        var json = JsonSerializer.SerializeToNode(lease, LeaseJson.Default.Lease)!["spec"]!;

        json["renewTime"]!.GetValue<string>().Should().Be("2026-01-02T01:04:05.000000Z");
        json["acquireTime"]!.GetValue<string>().Should().Be("2026-01-02T03:04:05.123456Z");
        json.AsObject().Should().NotContainKey("holderIdentity", "a lease that nobody holds has no holder");
    }
}
