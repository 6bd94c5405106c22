[assembly: AssemblyFixture(typeof(ClusterReport))]

namespace Operator.DevCluster.Tests;

public sealed class AssemblyTests
{
    [Fact]
    public void The_assembly_loads() => typeof(AssemblyTests).Assembly.GetName().Name.Should().Be("Operator.DevCluster.Tests");
}
