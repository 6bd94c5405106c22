using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Operator.Domain.Planning;

namespace Operator.Domain.Tests;

/// <summary>The domain decides and does nothing else: no I/O, no clock, no chance, nobody else's code. Read from the assembly itself.</summary>
public sealed class PurityTests : IDisposable
{
    private static readonly string[] ForbiddenNamespaces =
    [
        "System.IO", "System.Net", "System.Threading", "System.Diagnostics.Process", "System.Data", "System.Timers",
        "System.Reflection", "System.Runtime.InteropServices.JavaScript", "Microsoft", "k8s",
    ];

    private static readonly string[] ForbiddenTypes =
    [
        "System.Console", "System.Environment", "System.Random", "System.TimeProvider", "System.AppContext", "System.AppDomain", "System.Activator",
        "System.Diagnostics.Stopwatch", "System.Security.Cryptography.RandomNumberGenerator", "System.Runtime.CompilerServices.AsyncTaskMethodBuilder",
    ];

    private static readonly string[] ForbiddenMembers =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today",
        "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow", "System.Guid.NewGuid", "System.Guid.CreateVersion7",
        "System.TimeZoneInfo.get_Local", "System.Globalization.CultureInfo.get_CurrentCulture",
    ];

    private readonly PEReader file;
    private readonly MetadataReader metadata;

    public PurityTests()
    {
        file = new PEReader(File.OpenRead(typeof(RecoveryPlanner).Assembly.Location));
        metadata = file.GetMetadataReader();
    }

    public void Dispose() => file.Dispose();

    [Fact]
    public void It_references_the_base_library_alone() =>
        metadata.AssemblyReferences.Select(h => metadata.GetString(metadata.GetAssemblyReference(h).Name))
            .Should().OnlyContain(name => name.StartsWith("System.", StringComparison.Ordinal))
            .And.NotContain(name => ForbiddenNamespaces.Any(f => name == f || name.StartsWith(f + ".", StringComparison.Ordinal)));

    [Fact]
    public void It_uses_no_type_that_reaches_out_of_the_process() =>
        Types().Should().HaveCountGreaterThan(50, "the test reads something").And.NotContain(type => Forbidden(type));

    [Fact]
    public void It_asks_no_clock_and_no_chance() =>
        Members().Should().Contain("System.DateTimeOffset.TryParse", "the test reads something").And.NotContain(member => ForbiddenMembers.Contains(member));

    [Fact]
    public void It_keeps_nothing_that_can_change_between_two_decisions() =>
        typeof(RecoveryPlanner).Assembly.GetTypes()
            .SelectMany(t => t.GetFields(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.DeclaredOnly))
            .Where(f => !f.IsLiteral && !f.IsInitOnly && !f.Name.StartsWith('<') && f.DeclaringType!.Name.StartsWith('<') is false)
            .Should().BeEmpty();

    // Attributes only mark, and the compiler puts its own everywhere.
    private static bool Forbidden(string type) => !type.EndsWith("Attribute", StringComparison.Ordinal) && ReachesOut(type);

    private static bool ReachesOut(string type) =>
        ForbiddenTypes.Contains(type) || ForbiddenNamespaces.Any(n => type == n || type.StartsWith(n + ".", StringComparison.Ordinal));

    private IEnumerable<string> Types() => metadata.TypeReferences.Select(NameOf);

    private IEnumerable<string> Members() =>
        from handle in metadata.MemberReferences
        let member = metadata.GetMemberReference(handle)
        where member.Parent.Kind == HandleKind.TypeReference
        select $"{NameOf((TypeReferenceHandle)member.Parent)}.{metadata.GetString(member.Name)}";

    private string NameOf(TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        var name = metadata.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{NameOf((TypeReferenceHandle)type.ResolutionScope)}.{name}"
            : $"{metadata.GetString(type.Namespace)}.{name}";
    }
}
