using System.Collections.Concurrent;
using System.Reflection;
using Operator.Tests.Access;
using Xunit.Sdk;
using Xunit.v3;

[assembly: CountsTestMethods]
[assembly: TestCollectionOrderer(typeof(ClosingLast))]

namespace Operator.Tests.Access;

/// <summary>Remembers which test methods have run.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class CountsTestMethodsAttribute : BeforeAfterTestAttribute
{
    private static readonly ConcurrentDictionary<MethodInfo, bool> Ran = [];

    /// <summary>Those of this assembly that have not.</summary>
    public static IReadOnlyList<MethodInfo> Missing =>
    [
        .. from type in typeof(CountsTestMethodsAttribute).Assembly.GetTypes()
           from method in type.GetMethods()
           where method.GetCustomAttributes().Any(a => a is IFactAttribute { Skip: null, Explicit: false }) && type != typeof(RightsOfTheRunTests) && !Ran.ContainsKey(method)
           select method,
    ];

    public override void After(MethodInfo methodUnderTest, IXunitTest test) => Ran[methodUnderTest] = true;
}

/// <summary>What judges the whole run comes at its end.</summary>
internal sealed class ClosingLast : ITestCollectionOrderer
{
    public const string Closing = "closing";

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(c => c.TestCollectionDisplayName == Closing)];
}

/// <summary>It shares no time with any other.</summary>
[CollectionDefinition(ClosingLast.Closing, DisableParallelization = true)]
public sealed class ClosingCollection;
