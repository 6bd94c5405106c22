using k8s.Models;
using Operator.DevCluster.Networking;

namespace Operator.DevCluster.Tests.Networking;

public sealed class SliceFillingTests
{
    [Fact]
    public void There_is_a_slice_even_without_endpoints() => SliceFilling.Fill([], []).Should().ContainSingle().Which.Should().BeEmpty();

    [Fact]
    public void What_does_not_fit_into_one_slice_goes_into_the_next() =>
        SliceFilling.Fill([], Enumerable.Range(0, 250).Select(Endpoint)).Select(s => s.Count).Should().Equal(100, 100, 50);

    [Fact]
    public void An_endpoint_stays_where_it_is_and_gaps_are_filled()
    {
        List<V1Endpoint> first = [.. Enumerable.Range(0, 100).Select(Endpoint)], second = [.. Enumerable.Range(100, 20).Select(Endpoint)];

        var filled = SliceFilling.Fill([first, second], Enumerable.Range(1, 120).Select(Endpoint));

        filled[0].Select(e => e.TargetRef.Uid).Should().Equal(Enumerable.Range(1, 99).Append(120).Select(i => $"{i}"));
        filled[1].Select(e => e.TargetRef.Uid).Should().Equal(Enumerable.Range(100, 20).Select(i => $"{i}"));
    }

    private static V1Endpoint Endpoint(int number) => new() { TargetRef = new() { Uid = $"{number}", Name = $"pod-{number:000}" } };
}
