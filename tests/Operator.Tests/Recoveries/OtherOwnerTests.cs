using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>Owners of kinds that are not Kubernetes' own: known by where their pod template stands, and by the right that a user grants.</summary>
public sealed class OtherOwnerTests : ShopTest
{
    private static readonly string[] Usual = ["template"];
    private RolloutController? controller;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Cluster.ApplyAsync(RolloutController.Definition);
    }

    protected override async ValueTask StopAsync()
    {
        if (controller is not null)
            await controller.DisposeAsync();
    }

    [Fact]
    public async Task A_Rollout_on_a_poisoned_tag_is_pinned_and_rolls_out_as_its_controller_does()
    {
        var bad = Cluster.Poison("cart", "1.4");
        await GrantAsync("get", "patch");
        var pods = await RolloutAsync("cart:1.4", Usual);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var recovery = await Cluster.EndedAsync(pods[0]);

        recovery.Spec.Target.Workload.Should().BeEquivalentTo(new { Kind = "Rollout", Name = "cart" });
        recovery.Status!.Progress!.Path.Should().Be("Rollout");
        await TrustedAsync();
        (await Cluster.PodsCreatedSinceTheOperatorActedAsync(Shop)).SelectMany(p => p.Items("spec", "containers")).Select(c => c.Text("image"))
            .Should().OnlyContain(image => image!.EndsWith(Released), "no pod was made from {0}", bad);
        (await ImageAsync(Usual)).Should().Be($"{TestCluster.Registry}/cart:1.4@{Released}");
    }

    [Fact]
    public async Task A_pod_of_a_trusted_Rollout_is_detached_and_its_siblings_stay()
    {
        await GrantAsync("get", "patch");
        var pods = await RolloutAsync($"cart:1.4@{Released}", Usual);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);

        (await Cluster.PodsAsync(Shop)).Select(p => p.Uid()).Should().HaveCount(2).And.Contain(pods[1].Uid()).And.NotContain(pods[0].Uid());
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Resource == "rollouts");
    }

    [Fact]
    public async Task A_template_that_stands_elsewhere_is_found_where_the_command_line_says()
    {
        Cluster.Poison("cart", "1.4");
        await GrantAsync("get", "patch");
        var pods = await RolloutAsync("cart:1.4", ["workload", "podTemplate"]);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync(new() { TemplatePaths = new Dictionary<(string, string), IReadOnlyList<string>> { [("rollouts.example/v1alpha1", "Rollout")] = ["spec", "workload", "podTemplate"] } });

        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);

        await TrustedAsync();
        (await ImageAsync(["workload", "podTemplate"])).Should().Be($"{TestCluster.Registry}/cart:1.4@{Released}");
    }

    [Fact]
    public async Task A_template_that_is_not_found_leaves_the_pod_contained_and_says_what_to_do()
    {
        await GrantAsync("get", "patch");
        var pods = await RolloutAsync("cart:1.4", ["workload", "podTemplate"]);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var blocked = await Cluster.BlockedAsync(pods[0], "UnsupportedOwner");

        blocked.Status!.Message.Should().Contain("Rollout cart").And.Contain("no pod template stands at spec.template").And.Contain("--template-path");
        (await PodAsync(pods[0]))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel);
    }

    [Theory]
    [InlineData("", "UnsupportedOwner", "not granted the verb get on rollouts.rollouts.example")]
    [InlineData("get", "NotPermitted", "not granted the verb patch on rollouts.rollouts.example")]
    public async Task Without_the_right_the_pod_is_contained_and_the_missing_right_is_named(string verbs, string reason, string says)
    {
        Cluster.Poison("cart", "1.4");
        await GrantAsync([.. verbs.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        var pods = await RolloutAsync("cart:1.4", Usual);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var blocked = await Cluster.BlockedAsync(pods[0], reason);

        blocked.Status!.Message.Should().Contain(says);
        (await Cluster.Api.Requests.WritesAsync()).Where(TestCluster.IsOperator).Should().NotContain(r => r.ResponseCode == 403, "it asks before it tries");
    }

    [Fact]
    public async Task A_controller_that_puts_the_image_back_is_not_fought_over_and_is_named()
    {
        Cluster.Poison("cart", "1.4");
        await GrantAsync("get", "patch");
        var pods = await RolloutAsync("cart:1.4", Usual, reverting: true);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(pods[0]);
        var blocked = await Cluster.BlockedAsync(pods[0], "GitOpsConflict");

        blocked.Status!.Message.Should().Contain("Rollout cart was pinned 3 times and field manager rollout-controller puts an untrusted image back");
        blocked.Status.Remediation.Should().BeEquivalentTo(new { Kind = RemediationKind.Patch });
        blocked.Status.Remediation!.Content.Should().Contain("kind: Rollout").And.Contain($"image: {TestCluster.Registry}/cart:1.4@{Released}");
        (await Cluster.OperatorWritesAsync()).Count(r => r is { Resource: "rollouts", ResponseCode: 200 }).Should().Be(3);
        (await PodAsync(pods[0]))!.Labels().Should().ContainKey(WellKnown.QuarantineLabel);
    }

    /// <summary>What a user grants who wants the kind recovered.</summary>
    private async Task GrantAsync(params string[] verbs)
    {
        if (verbs.Length > 0)
            await Cluster.GrantAsync("rollouts", $"{{apiGroups: [rollouts.example], resources: [rollouts], verbs: [{string.Join(", ", verbs)}]}}");
        else
            Cluster.GrantsOfItsOwn();
    }

    /// <summary>A Rollout of two pods, and its controller.</summary>
    private async Task<IReadOnlyList<V1Pod>> RolloutAsync(string image, string[] path, bool reverting = false)
    {
        JsonObject template() => new()
        {
            ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "cart" } },
            ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["image"] = $"{TestCluster.Registry}/{image}", ["imagePullPolicy"] = "Always" }) },
        };
        JsonNode spec = template();
        foreach (var name in path.Reverse())
            spec = new JsonObject { [name] = spec };
        spec["replicas"] = 2;
        await Cluster.ApplyAsync(new JsonObject
        {
            ["apiVersion"] = "rollouts.example/v1alpha1",
            ["kind"] = "Rollout",
            ["metadata"] = new JsonObject { ["name"] = "cart", ["namespace"] = Shop },
            ["spec"] = spec,
        }.ToJsonString());
        controller = new(Cluster, path, reverting ? template() : null);
        await Waiting.UntilAsync(async () => await Cluster.PodsAsync(Shop) is { Count: 2 } pods && pods.All(TestCluster.IsReady), "the Rollout runs");
        return await Cluster.PodsAsync(Shop);
    }

    private async Task TrustedAsync() =>
        (await Cluster.PodsAsync(Shop)).Should().HaveCount(2).And.OnlyContain(p => TestCluster.Runs(p, Released) && TestCluster.IsReady(p));

    private async Task<string?> ImageAsync(string[] path)
    {
        using var connection = new KubernetesConnection(Cluster.Api.ClientConfiguration("test"), "test");
        var rollout = (await new ResourceApi<Unstructured>(connection, Unstructured.Of("rollouts.example", "v1alpha1", "rollouts")).GetAsync(new(Shop, "cart"))).Required();
        return (string?)path.Aggregate((JsonNode?)rollout.Spec, (node, name) => node?[name])!["spec"]!["containers"]![0]!["image"];
    }
}
