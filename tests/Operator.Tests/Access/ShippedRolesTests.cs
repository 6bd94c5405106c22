namespace Operator.Tests.Access;

/// <summary>What must never stand in config/rbac, read from it.</summary>
public sealed class ShippedRolesTests
{
    private static readonly string[] ForbiddenVerbs = ["*", "impersonate", "escalate", "bind", "deletecollection", "approve"];
    private static readonly string[] ForbiddenResources =
    [
        "secrets", "pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "pods/ephemeralcontainers", "pods/eviction", "nodes/proxy", "serviceaccounts/token",
    ];
    private static readonly string[] PodMakers = ["pods", "jobs", "cronjobs", "deployments", "replicasets", "statefulsets", "daemonsets", "nodes"];

    public static TheoryData<string> Rights => [.. ShippedRoles.Operator.SelectMany(r => r.Rights).Select(r => r.ToString())];

    [Theory]
    [MemberData(nameof(Rights))]
    public void No_right_is_one_that_could_be_turned_against_the_cluster(string right)
    {
        var granted = ShippedRoles.Operator.SelectMany(r => r.Rights).First(r => r.ToString() == right);

        ForbiddenVerbs.Should().NotContain(granted.Verb);
        // Draining is what a user switches on with the role for nodes.
        if (right != $"{OperatorOptions.FieldManager}-nodes: create pods/eviction")
            ForbiddenResources.Should().NotContain(granted.Resource);
        granted.Resource.Should().NotContain("*").And.NotEndWith("/scale");
        granted.Rule.Rule.ApiGroups.Should().NotContain("*");
        granted.Rule.Rule.NonResourceURLs.Should().BeNullOrEmpty();
        if (granted.Rule.Rule.ApiGroups.Any(g => g is "rbac.authorization.k8s.io" or "admissionregistration.k8s.io" or "apiextensions.k8s.io"))
            granted.Verb.Should().BeOneOf("get", "list", "watch");
        if (granted.Verb is "create" or "update")
            PodMakers.Should().NotContain(granted.Resource);
    }

    [Fact]
    public void The_operator_has_one_core_one_namespace_and_three_roles_that_may_be_left_out() =>
        ShippedRoles.Operator.Select(r => (r.Role, r.Namespace)).Distinct().Should().BeEquivalentTo(new (string, string?)[]
        {
            (OperatorOptions.FieldManager, null),
            (OperatorOptions.FieldManager, TestCluster.OperatorNamespace),
            ($"{OperatorOptions.FieldManager}-nodes", null),
            ($"{OperatorOptions.FieldManager}-workload-writes", null),
            ($"{OperatorOptions.FieldManager}-admission-data", null),
        });

    [Fact]
    public void Every_rule_says_why() =>
        ShippedRoles.Operator.Concat(ShippedRoles.People).Should().NotBeEmpty().And.OnlyContain(r => r.Why.StartsWith("To ") && r.Why.EndsWith('.'));

    [Theory]
    [InlineData("immutable-recovery-view", "immutablerecovery.io", "recoveries", "list", true)]
    [InlineData("immutable-recovery-view", "immutablerecovery.io", "recoverypolicies", "create", false)]
    [InlineData("immutable-recovery-view", "immutablerecovery.io", "findingsources", "get", false)]
    [InlineData("immutable-recovery-edit", "immutablerecovery.io", "recoverypolicies", "create", true)]
    [InlineData("immutable-recovery-edit", "immutablerecovery.io", "clusterrecoverypolicies", "create", false)]
    [InlineData("immutable-recovery-edit", "immutablerecovery.io", "recoveries", "patch", false)]
    [InlineData("immutable-recovery-edit", "immutablerecovery.io", "trustedimages", "patch", false)]
    [InlineData("immutable-recovery-approve", "immutablerecovery.io", "recoveries", "approve", true)]
    [InlineData("immutable-recovery-approve", "immutablerecovery.io", "recoveries/status", "patch", false)]
    public void People_are_given_what_their_role_says(string role, string group, string resource, string verb, bool granted) =>
        ShippedRoles.People.Where(r => r.Role == role).SelectMany(r => r.Rights.Where(_ => r.Rule.ApiGroups.Contains(group)))
            .Any(r => r.Resource == resource && r.Verb == verb).Should().Be(granted);
}
