using System.Runtime.CompilerServices;
using Operator.Domain.Findings;
using Operator.Domain.Planning;
using Operator.Domain.Policies;
using Operator.Domain.Tests.Planning.Simulation;
using Operator.Domain.Trust;

namespace Operator.Domain.Tests;

/// <summary>Results are closed sets of nested cases: nobody adds one from outside, and every switch here has all of them.</summary>
public sealed class ClosedHierarchyTests
{
    public static TheoryData<Type> Hierarchies => [typeof(Decision), typeof(Step), typeof(ParseResult), typeof(MatchResult), typeof(TargetResolution), typeof(DigestChoice)];

    [Theory]
    [MemberData(nameof(Hierarchies))]
    public void Its_cases_are_sealed_and_nested_and_nothing_else_derives_from_it(Type root)
    {
        var cases = root.Assembly.GetTypes().Where(t => t != root && t.IsAssignableTo(root)).ToList();
        cases.Should().HaveCountGreaterThanOrEqualTo(2).And.OnlyContain(t => t.IsSealed && t.DeclaringType == root);
        root.IsAbstract.Should().BeTrue();
        root.GetConstructors(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public)
            .Where(c => c.GetParameters().Length == 0).Should().OnlyContain(c => c.IsPrivate);
    }

    public static TheoryData<Type> Steps => [.. typeof(Step).GetNestedTypes()];

    [Theory]
    [MemberData(nameof(Steps))]
    public void Every_step_has_words_and_is_performed_in_the_toy_world(Type type)
    {
        var step = (Step)Filled(type);
        Words.Say(step).Should().NotBeEmpty();
        var world = new World { Title = "", Settings = new() { CordonNode = true }, Node = new Node { Name = "node-1" } }.Running();
        var perform = () => world.Apply(step);
        perform.Should().NotThrow();
    }

    public static TheoryData<Type> Decisions => [.. typeof(Decision).GetNestedTypes()];

    [Theory]
    [MemberData(nameof(Decisions))]
    public void Every_decision_has_words(Type type) => Words.Say((Decision)Filled(type)).Should().NotBeEmpty();

    [Fact]
    public void Every_rule_is_told_apart_by_what_must_hold() =>
        RecoveryPlanner.Protocol.Select(p => p.MustHold).Should().OnlyHaveUniqueItems().And.OnlyContain(m => char.IsLower(m[0]));

    /// <summary>An instance whose members name what is in the toy world.</summary>
    private static object Filled(Type type)
    {
        var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(p => Value(p.Name!, p.ParameterType))]);
    }

    private static object? Value(string name, Type type) => (name, type) switch
    {
        ("Uid", _) => "uid-1",
        ("ReplicaSet", _) => "rs-1",
        ("ResourceVersion", _) => "1",
        (_, _) when type == typeof(string) => "web-1",
        (_, _) when type == typeof(Step) => new Step.RecordReplaced(),
        (_, _) when type == typeof(IReadOnlyList<string>) => new[] { $"shop/web:v1@{Images.Bad}" },
        (_, _) when type == typeof(IReadOnlyList<PinnedImage>) => Array.Empty<PinnedImage>(),
        _ => RuntimeHelpers.GetUninitializedObject(type),
    };
}
