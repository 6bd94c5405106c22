using System.Globalization;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.Tests.Admission;

namespace Operator.Tests.Recoveries;

/// <summary>What a recovery does not revoke although its policy asks for it. The template is pinned instead.</summary>
public sealed class RevocationLimitsTests : ShopTest
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
        await ShippedAdmission.LabelAsync(Cluster, Shop, WellKnown.PinImagesLabel);
        await ShippedAdmission.RevokingPolicyAsync(Cluster);
    }

    [Theory]
    [InlineData("containers: [{name: main, image: \"REPOSITORY@DIGEST\"}]")]
    [InlineData("containers: [{name: main, image: \"REPOSITORY:1.4\"}]")]
    public async Task A_digest_that_a_pod_in_a_protected_namespace_runs_is_not_revoked(string spec)
    {
        ChosenCluster.Needs(Capability.AnyRequest);
        await Cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: cart, namespace: kube-system}
            spec: { {{spec.Replace("REPOSITORY", $"{TestCluster.Registry}/cart").Replace("DIGEST", bad)}} }
            """);
        await Waiting.UntilAsync(async () => TestCluster.IsReady((await Cluster.PodsAsync("kube-system")).Single(p => p.Name() == "cart")), "the pod in kube-system runs");
        await StartOperatorAsync();

        await Cluster.FindAsync(poisoned);

        await NothingRevokedAsync();
    }

    [Fact]
    public async Task Once_the_hour_is_used_up_nothing_more_is_revoked()
    {
        var other = TestCluster.Digest("something else");
        await Cluster.ApplyAsync($$"""
            apiVersion: immutablerecovery.io/v1alpha1
            kind: ImageRevocationList
            metadata: {name: {{WellKnown.RevocationList}}}
            spec: {revoked: {"{{other}}": {reason: "a recovery of some minutes ago", since: "{{Cluster.Time.GetUtcNow().AddMinutes(-10).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}"} } }
            """);
        await StartOperatorAsync(new OperatorOptions { MaxRevocationsPerHour = 1 });

        await Cluster.FindAsync(poisoned);

        await NothingRevokedAsync();
    }

    private async Task NothingRevokedAsync()
    {
        var recovery = await Cluster.EndedAsync(poisoned);
        recovery.Status!.Progress!.Path.Should().Be("InPlace");
        (await ShippedAdmission.RevokedAsync(Cluster)).Should().NotContainKey(bad);
        (await Cluster.PodsAsync(Shop)).Should().OnlyContain(p => TestCluster.Runs(p, Released));
    }
}
