using Operator.DevCluster.Kubelets;

namespace Operator.DevCluster.Tests.Kubelets;

public sealed class PodAddressesTests
{
    [Fact]
    public void No_two_are_alike_and_none_is_the_first_or_last_of_its_network()
    {
        PodAddresses addresses = new();
        var given = Enumerable.Range(0, 100_000).Select(_ => addresses.Next()).ToList();

        given.Should().OnlyHaveUniqueItems();
        given[0].Should().Be("10.244.1.1");
        given[254].Should().Be("10.244.2.1");
        given[^1].Should().StartWith("10.245.");
        given.Should().NotContain(a => a.EndsWith(".0") || a.EndsWith(".255"));
    }
}
