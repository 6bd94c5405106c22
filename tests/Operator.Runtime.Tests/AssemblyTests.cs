[assembly: AssemblyFixture(typeof(ClusterReport))]

namespace Operator.Runtime.Tests;

public sealed class AssemblyTests
{
    [Fact]
    public void The_runtime_knows_nothing_of_the_domain_the_api_types_or_the_operator() =>
        typeof(ObjectKey).Assembly.GetReferencedAssemblies().Select(a => a.Name)
            .Should().NotContain(name => name == "Operator" || name!.StartsWith("Operator.", StringComparison.Ordinal));
}
