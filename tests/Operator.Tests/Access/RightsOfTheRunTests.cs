namespace Operator.Tests.Access;

/// <summary>What all tests together made the operator ask for, held against what config/rbac grants.</summary>
[Collection(ClosingLast.Closing)]
public sealed class RightsOfTheRunTests
{
    [Fact]
    public void No_call_was_refused_or_lies_outside_of_what_is_granted() => UsedRights.Outside.Should().BeEmpty();

    [Fact]
    public void Every_right_that_is_granted_was_used_and_the_security_model_says_so()
    {
        Assert.SkipUnless(ChosenCluster.Kind == ClusterKind.Embedded, "where tests were left out, what was not used says nothing");
        var missing = CountsTestMethodsAttribute.Missing;
        Assert.SkipUnless(missing.Count == 0, $"{missing.Count} test methods did not run, so that what was not used says nothing");

        var used = UsedRights.All;
        var granted = ShippedRoles.Operator.SelectMany(r => r.Rights).ToList();

        granted.Where(r => !used.Contains(r)).Select(r => r.ToString()).Should().BeEmpty("what nobody uses must not be granted");
        SecurityModel.Check(used);
    }
}
