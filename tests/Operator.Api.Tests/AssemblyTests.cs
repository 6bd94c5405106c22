using Operator.Api.V1Alpha1;

[assembly: AssemblyFixture(typeof(ClusterReport))]

namespace Operator.Api.Tests;

public sealed class AssemblyTests
{
    [Fact]
    public void The_API_references_nothing_else_of_this_product() =>
        typeof(WellKnown).Assembly.GetReferencedAssemblies().Select(a => a.Name!)
            .Where(name => name == "Operator" || name.StartsWith("Operator.", StringComparison.Ordinal)).Should().BeEmpty();
}
