using k8s;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Admission;

/// <summary>What a policy's coverage says of the admission policies: which are in force, and why the others are not.</summary>
public sealed class ClusterAdmissionTests : ShopTest
{
    [Fact]
    public async Task Without_any_it_says_what_is_not_installed()
    {
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        var coverage = await CoverageAsync(c => c.AdmissionMissing.Count > 0);

        coverage.Admission.Should().BeEmpty();
        coverage.AdmissionMissing.Should().HaveCount(Enum.GetValues<AdmissionPolicyName>().Length).And.OnlyContain(m => m.EndsWith(": it is not installed"));
    }

    [Fact]
    public async Task A_policy_is_in_force_with_a_binding_that_denies_everywhere_and_fails_closed()
    {
        await ShippedAdmission.InstallAsync(Cluster);
        await Cluster.Client.DeleteValidatingAdmissionPolicyAsync("immutable-recovery-listed-images");
        await Cluster.Client.DeleteValidatingAdmissionPolicyBindingAsync("immutable-recovery-guard-images");
        await BindAsync("immutable-recovery-guard-revoked", "{policyName: immutable-recovery-guard-revoked, validationActions: [Audit], paramRef: {selector: {}, parameterNotFoundAction: Allow}}");
        await BindAsync("immutable-recovery-guard", "{policyName: immutable-recovery-guard, validationActions: [Deny], matchResources: {namespaceSelector: {matchLabels: {guarded: \"yes\"}}}}");
        await BindAsync("immutable-recovery-reserved-labels", "{policyName: another, validationActions: [Deny]}");
        await Cluster.Client.PatchValidatingAdmissionPolicyAsync(
            new("""{"spec": {"failurePolicy": "Ignore"}}""", k8s.Models.V1Patch.PatchType.MergePatch), "immutable-recovery-revoked-images");
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        var coverage = await CoverageAsync(c => c.Admission.Count > 0);

        coverage.Admission.Should().Equal(AdmissionPolicyName.PinImages, AdmissionPolicyName.Approval, AdmissionPolicyName.GuardRecords, AdmissionPolicyName.Records);
        coverage.AdmissionMissing.Should().Equal(
            "immutable-recovery-revoked-images: its failurePolicy is Ignore",
            "immutable-recovery-listed-images: it is not installed",
            "immutable-recovery-guard: its binding has matchResources, which narrow it down",
            "immutable-recovery-guard-images: it has no binding of its name",
            "immutable-recovery-guard-revoked: its binding does not deny",
            "immutable-recovery-reserved-labels: its binding is of another");
    }

    [Fact]
    public async Task Pods_of_namespaces_that_ask_for_it_count_as_pinned()
    {
        await Cluster.PolicyAsync(Shop);
        await DeployTrustedAsync(2);
        await ShippedAdmission.InstallAsync(Cluster);
        await StartOperatorAsync();
        (await CoverageAsync(c => c.Pods == 2)).PinnedAtAdmission.Should().Be(0);

        await ShippedAdmission.LabelAsync(Cluster, Shop, WellKnown.PinImagesLabel);

        await CoverageAsync(c => c.PinnedAtAdmission == 2);
    }

    [Fact]
    public async Task What_is_installed_later_is_noticed()
    {
        await Cluster.PolicyAsync(Shop);
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await StartOperatorAsync(time: time);
        await CoverageAsync(c => c.AdmissionMissing.Count > 0);

        await ShippedAdmission.InstallAsync(Cluster);

        await CoverageAsync(
            c =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return c.Admission.Count == Enum.GetValues<AdmissionPolicyName>().Length;
            });
    }

    private Task BindAsync(string name, string spec) =>
        Cluster.ApplyAsync($"{{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {{name: {name}}}, spec: {spec}}}");

    private async Task<PolicyCoverage> CoverageAsync(Func<PolicyCoverage, bool> until)
    {
        PolicyCoverage? seen = null;
        await Waiting.UntilAsync(
            async () => (seen = (await Cluster.Policies.GetAsync(new(Shop, "intrusion"))).Required().Status?.Coverage) is not null && until(seen),
            "the coverage says so");
        return seen!;
    }
}
