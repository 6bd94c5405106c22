using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.DevCluster.Server;
using Operator.Tests.Admission;

namespace Operator.Tests.Recoveries;

/// <summary>A tag was repointed, in a namespace whose tags are pinned at admission.</summary>
public sealed class PinnedAtAdmissionTests : ShopTest
{
    private V1Pod poisoned = null!;
    private string bad = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        bad = Cluster.Poison("cart", "1.4");
        await Cluster.DeployAsync(Shop, "cart", "cart:1.4", 2);
        poisoned = (await Cluster.PodsAsync(Shop))[0];
        await ShippedAdmission.InstallAsync(Cluster);
    }

    [Fact]
    public async Task What_ran_is_revoked_and_every_pod_replaced_without_a_template_being_written()
    {
        ChosenCluster.Needs(Capability.AdmissionPolicies);
        await ShippedAdmission.LabelAsync(Cluster, Shop, WellKnown.PinImagesLabel);
        await ShippedAdmission.RevokingPolicyAsync(Cluster);
        await StartOperatorAsync();

        await Cluster.FindAsync(poisoned);
        var recovery = await Cluster.EndedAsync(poisoned);

        await NoTemplateWasWrittenAsync(recovery);
        (await ShippedAdmission.RevokedAsync(Cluster)).Should().ContainKey(bad).WhoseValue.Reason.Should().Contain($"Recovery {recovery.Metadata.NamespaceProperty}/{recovery.Metadata.Name}");
        recovery.Status!.Progress!.Notes.Should().ContainSingle(n => n.Contains("was revoked for the whole cluster"));
        var start = () => Cluster.ApplyAsync($"{{apiVersion: v1, kind: Pod, metadata: {{name: again, namespace: default}}, spec: {{containers: [{{name: main, image: \"{TestCluster.Registry}/cart@{bad}\"}}]}}}}");
        (await start.Should().ThrowAsync<InvalidOperationException>()).WithMessage("*immutable-recovery-revoked-images*");
    }

    [Fact]
    public async Task In_a_namespace_that_requires_listed_images_nothing_is_revoked()
    {
        ChosenCluster.Needs(Capability.AdmissionPolicies);
        await ShippedAdmission.LabelAsync(Cluster, Shop, WellKnown.PinImagesLabel, WellKnown.RequireListedImagesLabel);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(poisoned);
        await NoTemplateWasWrittenAsync(await Cluster.EndedAsync(poisoned));

        (await ShippedAdmission.RevokedAsync(Cluster)).Should().BeEmpty();
    }

    [Fact]
    public async Task Policies_that_are_there_and_do_nothing_lead_back_to_the_template()
    {
        Assert.SkipWhen(ChosenCluster.Offers(Capability.AdmissionPolicies), "here the policies are evaluated");
        await ShippedAdmission.LabelAsync(Cluster, Shop, WellKnown.PinImagesLabel);
        await ShippedAdmission.RevokingPolicyAsync(Cluster);
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await StartOperatorAsync(time: time);

        await Cluster.FindAsync(poisoned);
        await Cluster.RecoveryAsync(poisoned, r => r.Status?.Reason == "WaitingForAdmission", "waits for admission");
        (await ShippedAdmission.RevokedAsync(Cluster)).Should().ContainKey(bad);
        (await PodAsync(poisoned)).Should().NotBeNull("no dry run has shown what becomes of the next one");
        await Cluster.RecoveryAsync(
            poisoned,
            r =>
            {
                if (r.Status?.Progress?.Path != "InPlace")
                    time.Advance(TimeSpan.FromSeconds(1));
                return r.Status?.Progress?.Path == "InPlace";
            },
            "gives admission up");

        await PinnedInTheTemplateAsync(await Cluster.EndedAsync(poisoned), "a dry run does not pin");
    }

    [Fact]
    public async Task A_revocation_that_is_refused_leads_back_to_the_template()
    {
        await ShippedAdmission.LabelAsync(Cluster, Shop, WellKnown.PinImagesLabel);
        await ShippedAdmission.RevokingPolicyAsync(Cluster);
        Cluster.Api.Faults.Before = request => ValueTask.FromResult<Fault?>(
            request is { Verb: "patch", Resource: "imagerevocationlists" } && TestCluster.IsOperator(request)
                ? new Fault.Respond(new(403, "Forbidden", "denied by a policy of this cluster"))
                : null);
        await StartOperatorAsync();

        await Cluster.FindAsync(poisoned);

        await PinnedInTheTemplateAsync(await Cluster.EndedAsync(poisoned), "is not revoked and may not be by this recovery");
        (await ShippedAdmission.RevokedAsync(Cluster)).Should().BeEmpty();
    }

    [Fact]
    public async Task Without_the_role_for_admission_data_the_template_is_pinned()
    {
        await Cluster.WithoutAsync($"{OperatorOptions.FieldManager}-admission-data");
        await ShippedAdmission.LabelAsync(Cluster, Shop, WellKnown.PinImagesLabel);
        await ShippedAdmission.RevokingPolicyAsync(Cluster);
        await StartOperatorAsync();

        await Cluster.FindAsync(poisoned);
        var recovery = await Cluster.EndedAsync(poisoned);

        recovery.Status!.Progress!.Path.Should().Be("InPlace");
        Cluster.Api.Requests.All.Where(TestCluster.IsOperator).Should().NotContain(r => r.Resource == "imagerevocationlists" && r.Verb == "patch");
    }

    [Fact]
    public async Task What_other_people_revoked_stays_as_it_is()
    {
        var other = TestCluster.Digest("something else");
        await Cluster.ApplyAsync($$"""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: ImageRevocationList
            metadata: {name: {{WellKnown.RevocationList}}}
            spec: {revoked: {"{{other}}": {reason: "an incident of last year"} } }
            """);
        await ShippedAdmission.LabelAsync(Cluster, Shop, WellKnown.PinImagesLabel);
        await ShippedAdmission.RevokingPolicyAsync(Cluster);
        await StartOperatorAsync();

        await Cluster.FindAsync(poisoned);
        await Waiting.UntilAsync(async () => (await ShippedAdmission.RevokedAsync(Cluster)).ContainsKey(bad), "what ran is revoked");

        var revoked = await ShippedAdmission.RevokedAsync(Cluster);
        revoked.Keys.Should().BeEquivalentTo(other, bad);
        revoked[other].Reason.Should().Be("an incident of last year");
    }

    [Fact]
    public async Task A_finding_made_by_hand_revokes_nothing()
    {
        await ShippedAdmission.LabelAsync(Cluster, Shop, WellKnown.PinImagesLabel);
        await ShippedAdmission.RevokingPolicyAsync(Cluster);
        await StartOperatorAsync();

        (await Cluster.Findings.CreateAsync(new SecurityFinding
        {
            Metadata = new() { NamespaceProperty = Shop, Name = "by-hand" },
            Spec = new() { Rule = "suspicious", Severity = FindingSeverity.Critical, Target = new() { Pod = poisoned.Name(), PodUid = poisoned.Uid() } },
        })).Required();
        var recovery = await Cluster.EndedAsync(poisoned);

        recovery.Spec.Policy.Spec.Trust.Revoke.Should().Be(RevocationMode.Never);
        (await ShippedAdmission.RevokedAsync(Cluster)).Should().BeEmpty();
    }

    private async Task NoTemplateWasWrittenAsync(Recovery recovery)
    {
        recovery.Status!.Progress!.Path.Should().Be("ByAdmission");
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "deployments" || r.Resource == "replicasets");
        (await Cluster.Client.ReadNamespacedDeploymentAsync("cart", Shop)).Spec.Template.Spec.Containers[0].Image.Should().Be($"{TestCluster.Registry}/cart:1.4");
        (await Cluster.PodsAsync(Shop)).Should().HaveCount(2).And.OnlyContain(p => p.Spec.Containers[0].Image == $"{TestCluster.Registry}/cart:1.4@{Released}" && TestCluster.Runs(p, Released));
        (await Cluster.PodsCreatedSinceTheOperatorActedAsync(Shop)).SelectMany(p => p.Items("spec", "containers")).Select(c => c.Text("image"))
            .Should().OnlyContain(image => image!.EndsWith(Released), "no pod was made from the bad digest");
    }

    private async Task PinnedInTheTemplateAsync(Recovery recovery, string because)
    {
        recovery.Status!.Progress!.Path.Should().Be("InPlace");
        recovery.Status.Progress.Notes.Should().Contain(n => n.StartsWith("not by admission after all: ") && n.Contains(because));
        (await Cluster.Client.ReadNamespacedDeploymentAsync("cart", Shop)).Spec.Template.Spec.Containers[0].Image.Should().Be($"{TestCluster.Registry}/cart:1.4@{Released}");
        (await Cluster.PodsAsync(Shop)).Should().HaveCount(2).And.OnlyContain(p => TestCluster.Runs(p, Released));
    }
}
