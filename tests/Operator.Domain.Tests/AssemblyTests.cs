using Operator.Domain.Planning;

namespace Operator.Domain.Tests;

public sealed class AssemblyTests
{
    /// <summary>Only what the language itself needs: no host, no HTTP, no tasks of its own.</summary>
    private static readonly string[] Pure =
        ["System.Runtime", "System.Collections", "System.Linq", "System.Memory", "System.Security.Cryptography", "System.Text.Json", "System.Text.RegularExpressions", "System.Collections.Immutable"];

    [Fact]
    public void The_domain_references_nothing_that_could_reach_the_world() =>
        typeof(RecoveryPlanner).Assembly.GetReferencedAssemblies().Select(a => a.Name!).Should().BeSubsetOf(Pure);
}
