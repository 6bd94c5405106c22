using System.Security.Cryptography;
using System.Text;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Runtime;
using Operator.Tests.Admission;

namespace Operator.Tests.Recoveries;

/// <summary>The place of a Recovery is its authority: what a tenant or the owner of a namespace can write leads to nothing beyond that namespace.</summary>
public sealed class AuthorityTests : ShopTest
{
    private const string Tenant = "tenant";
    private V1Pod pod = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Cluster.NamespaceAsync(Tenant);
        pod = (await DeployTrustedAsync())[0];
    }

    [Fact]
    public async Task A_recovery_that_an_owner_writes_about_a_pod_of_another_namespace_touches_nothing()
    {
        using var owner = await Actor.OwnerAsync(Cluster, Tenant);
        await StartOperatorAsync();

        var forged = await owner.Recoveries.CreateAsync(Forged(Tenant, pod));

        await IsForeignAsync(ObjectKey.Of(forged.Required().Metadata), "speaks for no other namespace");
    }

    [Fact]
    public async Task A_recovery_of_a_cluster_policy_outside_the_operators_namespace_touches_nothing()
    {
        using var owner = await Actor.OwnerAsync(Cluster, Shop);
        await StartOperatorAsync();
        var recovery = Forged(Shop, pod);
        recovery.Spec.Policy.Kind = nameof(ClusterRecoveryPolicy);

        var forged = await owner.Recoveries.CreateAsync(recovery);

        await IsForeignAsync(ObjectKey.Of(forged.Required().Metadata), "in the operator's namespace only");
    }

    [Theory]
    [InlineData("name", "its name does not follow")]
    [InlineData("node", "acts on no node")]
    [InlineData("revoke", "acts on no node and revokes nothing")]
    [InlineData("finding", "there is no finding")]
    [InlineData("findings namespace", "a finding of another namespace")]
    [InlineData("copy", "no copy of RecoveryPolicy")]
    [InlineData("workload", "does not belong to")]
    public async Task A_recovery_that_the_operator_would_not_have_made_touches_nothing(string wrong, string why)
    {
        await Cluster.PolicyAsync(Shop);
        using var owner = await Actor.OwnerAsync(Cluster, Shop);
        var policy = (await Cluster.Policies.GetAsync(new(Shop, "intrusion"))).Required();
        (await owner.Findings.CreateAsync(new SecurityFinding
        {
            Metadata = new() { NamespaceProperty = Shop, Name = "own" },
            Spec = new() { Rule = "r", Severity = FindingSeverity.Low, Target = new() { PodUid = pod.Uid() } },
        })).Required();
        await StartOperatorAsync();
        var recovery = Forged(Shop, pod);
        var spec = recovery.Spec;
        spec.Finding = new() { Namespace = Shop, Name = "own" };
        (spec.Policy.Uid, spec.Policy.Generation, spec.Policy.Spec) = (policy.Metadata.Uid, policy.Metadata.Generation!.Value, CopyOf(policy.Spec));
        switch (wrong)
        {
            case "name": recovery.Metadata.Name += "0"; break;
            case "node": spec.Policy.Spec.Contain = spec.Policy.Spec.Contain with { Node = NodeContainment.Cordon }; break;
            case "revoke": spec.Policy.Spec.Trust = spec.Policy.Spec.Trust with { Revoke = RevocationMode.OnRecovery }; break;
            case "finding": spec.Finding.Name = "never-was"; break;
            case "findings namespace": spec.Finding.Namespace = Tenant; break;
            case "copy": spec.Policy.Spec.Mode = RecoveryMode.Contain; break;
            case "workload": spec.Target.Workload = new() { ApiVersion = "apps/v1", Kind = "Deployment", Name = "another", Uid = "another" }; break;
        }

        var forged = await owner.Recoveries.CreateAsync(recovery);

        await IsForeignAsync(ObjectKey.Of(forged.Required().Metadata), why);
    }

    [Fact]
    public async Task A_recovery_of_another_namespace_with_the_uid_of_a_pod_swallows_none_of_its_findings()
    {
        using var owner = await Actor.OwnerAsync(Cluster, Tenant);
        (await owner.Recoveries.CreateAsync(Forged(Tenant, pod))).Required();
        await Cluster.ClusterPolicyAsync("");
        await StartOperatorAsync();

        await Cluster.FindAsync(pod);

        await Waiting.UntilAsync(async () => (await PlatformsAsync())?.Status?.Outcome == "Succeeded", "the platform's recovery succeeded");
        (await PlatformsAsync())!.Status!.Evidence.Should().OnlyContain(e => e.ConfigMap == null || e.ConfigMap.StartsWith($"{TestCluster.OperatorNamespace}/evidence-"));
    }

    [Fact]
    public async Task The_platforms_recovery_takes_a_pod_over_from_the_recovery_of_its_namespace()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        await StartOperatorAsync();
        await Cluster.FindAsync(pod);
        var own = await Cluster.RecoveryAsync(pod, r => r.Status?.Phase == "AwaitingApproval", "waits");
        own.Metadata.NamespaceProperty.Should().Be(Shop);

        await Cluster.ClusterPolicyAsync("mode: Contain");
        await Waiting.UntilAsync(
            async () =>
            {
                await Cluster.FindAsync(pod, "another rule");
                return await PlatformsAsync() is { Status.Phase: "AwaitingApproval" };
            },
            "the platform's recovery has the pod");

        await Waiting.UntilAsync(
            async () => (await Cluster.Recoveries.GetAsync(ObjectKey.Of(own.Metadata))).Required().Status is { Outcome: "Cancelled", Reason: "Superseded" }, "the other one has ended");
        var isolated = (await PodAsync(pod))!;
        isolated.Labels().Should().ContainKey(WellKnown.QuarantineLabel);
        isolated.Annotations()[WellKnown.RecoveryAnnotation].Should().StartWith($"{TestCluster.OperatorNamespace}/");
    }

    [Fact]
    public async Task A_start_that_an_owner_writes_into_the_status_is_no_approval()
    {
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        using var owner = await Actor.OwnerAsync(Cluster, Shop);
        await StartOperatorAsync();
        await Cluster.FindAsync(pod);
        var waiting = await Cluster.RecoveryAsync(pod, r => r.Status?.Phase == "AwaitingApproval", "waits");

        await Waiting.UntilAsync(
            async () => await owner.Recoveries.PatchAsync(
                ObjectKey.Of(waiting.Metadata),
                Patch.Merge(new() { ["status"] = new System.Text.Json.Nodes.JsonObject { ["progress"] = new System.Text.Json.Nodes.JsonObject { ["replacementStartedAt"] = "2026-01-01T00:00:00Z" } } }),
                "status") is ApiResult<Recovery>.Ok,
            "it is written");

        await Cluster.BlockedAsync(pod, "ApprovalRefused");
        (await PodAsync(pod))!.Metadata.DeletionTimestamp.Should().BeNull();
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "deployments" || (r.Resource == "pods" && r.Verb == "delete"));
    }

    [Fact]
    public async Task A_finding_that_joins_a_recovery_without_saying_who_made_it_makes_no_approval_doubtful()
    {
        await ShippedAdmission.InstallAsync(Cluster);
        await Cluster.PolicyAsync(Shop, "mode: Contain");
        using var tenant = await Actor.TenantAsync(Cluster, Shop);
        await StartOperatorAsync();
        await Cluster.FindAsync(pod);
        await Cluster.RecoveryAsync(pod, r => r.Status is { Phase: "AwaitingApproval", Message: var m } && m!.Contains("approve plan"), "waits");

        (await tenant.Findings.CreateAsync(new SecurityFinding
        {
            Metadata = new() { NamespaceProperty = Shop, Name = "joins" },
            Spec = new() { Rule = "suspicious", Severity = FindingSeverity.Critical, Target = new() { Pod = pod.Name(), PodUid = pod.Uid() } },
        })).Required();
        var waiting = await Cluster.RecoveryAsync(pod, r => r.Status?.Findings.Count == 2, "has both findings");
        waiting.Status!.Message.Should().Contain("approve plan").And.NotContain("would not count");
        (await Cluster.Recoveries.PatchAsync(ObjectKey.Of(waiting.Metadata), Patch.Merge(new()
        {
            ["spec"] = new System.Text.Json.Nodes.JsonObject { ["approval"] = new System.Text.Json.Nodes.JsonObject { ["decision"] = "Approved", ["planHash"] = waiting.Status.Plan!.Hash, ["by"] = "administrator" } },
        }))).Required();

        await Cluster.EndedAsync(pod);
    }

    [Fact]
    public async Task The_status_of_a_policy_lists_what_became_of_the_pods_of_each_namespace()
    {
        await Cluster.ClusterPolicyAsync("mode: Observe");
        await StartOperatorAsync();
        await Cluster.FindAsync(pod);
        await Cluster.EndedAsync(pod, "Skipped");

        PolicyStatus? status = null;
        await Waiting.UntilAsync(
            async () => (status = (await Cluster.ClusterPolicies.GetAsync(new("", "everywhere"))).Required().Status)?.Latest is [{ Recoveries: [{ Phase: "Skipped" }] }], "it lists the recovery");
        status!.Latest[0].Namespace.Should().Be(Shop);
        status.Latest[0].Recoveries[0].Pod.Should().Be(pod.Name());
    }

    private async Task<Recovery?> PlatformsAsync() =>
        (await Cluster.RecoveriesAsync(Shop)).FirstOrDefault(r => r.Metadata.NamespaceProperty == TestCluster.OperatorNamespace);

    private async Task IsForeignAsync(ObjectKey key, string why)
    {
        RecoveryStatus? status = null;
        await Waiting.UntilAsync(async () => (status = (await Cluster.Recoveries.GetAsync(key)).Required().Status)?.Outcome is not null, $"{key} is judged");
        (status!.Outcome, status.Reason).Should().Be(("Foreign", "Foreign"), status.Message);
        status.Message.Should().Contain(why);
        status.Conditions.Should().Contain(c => c.Type == "Stalled" && c.Status == "True");
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "pods" || r.Resource == "nodes" || r.Resource == "networkpolicies" || r.Resource == "deployments");
    }

    private static ProtocolSpec CopyOf(RecoveryPolicySpec spec) => new()
    {
        Mode = spec.Mode,
        Contain = new ClusterContainSpec { Network = spec.Contain.Network },
        Evidence = spec.Evidence,
        Replace = spec.Replace,
        Trust = new ClusterTrustSpec { Require = spec.Trust.Require },
        Verify = spec.Verify,
        Limits = spec.Limits,
        Escalate = spec.Escalate,
    };

    /// <summary>A Recovery as its writer would like it: of a policy that never was, with everything that hurts.</summary>
    private static Recovery Forged(string ns, V1Pod pod) => new()
    {
        Metadata = new() { NamespaceProperty = ns, Name = $"{pod.Name()}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{pod.Uid()}/0")))[..10]}" },
        Spec = new()
        {
            Target = new() { Namespace = pod.Namespace(), Name = pod.Name(), Uid = pod.Uid() },
            Policy = new() { Kind = nameof(RecoveryPolicy), Name = "intrusion", Uid = "never-was", Generation = 1, Spec = new() { Mode = RecoveryMode.Recover, Replace = new() { Approval = [] } } },
            Finding = new() { Namespace = ns, Name = "never-was" },
        },
    };
}
