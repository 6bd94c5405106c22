using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.Api.Schema;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Bounds;

/// <summary>Objects as large as the API server stores them, written by a tenant beside those that are about something.</summary>
public sealed class HostileObjectsTests : ShopTest
{
    private static readonly string Padding = new('a', 250_000);

    [Fact]
    public async Task A_pod_padded_with_annotations_and_environment_is_contained_and_keeps_what_it_had()
    {
        await Cluster.PolicyAsync(Shop);
        await Cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: padded, namespace: {{Shop}}, labels: {app: padded}, annotations: {"example.com/padding": "{{Padding}}"} }
            spec: {containers: [{name: main, image: "{{TestCluster.Registry}}/cart:1.4", env: [{name: A, value: "{{new string('e', 700_000)}}"}]}]}
            """);
        await Waiting.UntilAsync(async () => TestCluster.IsReady(await Cluster.Client.ReadNamespacedPodAsync("padded", Shop)), "the pod is Ready");
        var pod = await Cluster.Client.ReadNamespacedPodAsync("padded", Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(pod);

        await Waiting.UntilAsync(async () => (await PodAsync(pod))?.Metadata.Labels?.ContainsKey(WellKnown.QuarantineLabel) is not false, "it is contained");
        if (await PodAsync(pod) is { } contained)
            contained.Metadata.Annotations.Should().Contain("example.com/padding", Padding);
    }

    [Fact]
    public async Task The_operator_is_ready_and_acts_beside_objects_as_large_as_can_be()
    {
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        for (var i = 0; i < 10; i++)
        {
            await Cluster.ApplyAsync($$"""
                {apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b{{Number(i)}}, namespace: {{Shop}}, annotations: {"example.com/padding": "{{Padding}}"} }, spec: {minAvailable: 1, selector: {matchLabels: {app: other} } } }
                """);
            await Cluster.ApplyAsync(LargeFinding(i).ToJsonString());
        }

        await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);

        await Waiting.UntilAsync(async () => (await PodAsync(pods[0]))?.Metadata.Labels?.ContainsKey(WellKnown.QuarantineLabel) is not false, "the pod is contained");
    }

    [Fact]
    public async Task A_pod_whose_labels_are_too_many_for_the_cache_is_matched_by_all_of_them()
    {
        await Cluster.PolicyAsync(Shop, "match: {findings: [{sources: [falco, manual]}], podSelector: {matchLabels: {zone: last}}}");
        var labels = string.Join(", ", Enumerable.Range(0, 400).Select(i => $"l{Number(i)}: {new string('v', 60)}"));
        await Cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: many, namespace: {{Shop}}, labels: { {{labels}}, zone: last} }
            spec: {containers: [{name: main, image: "{{TestCluster.Registry}}/cart:1.4"}]}
            """);
        await Waiting.UntilAsync(async () => TestCluster.IsReady(await Cluster.Client.ReadNamespacedPodAsync("many", Shop)), "the pod is Ready");
        var pod = await Cluster.Client.ReadNamespacedPodAsync("many", Shop);
        await StartOperatorAsync();

        await Cluster.FindAsync(pod);

        await Waiting.UntilAsync(async () => (await PodAsync(pod))?.Metadata.Labels?.ContainsKey(WellKnown.QuarantineLabel) is not false, "the pod is contained");
    }

    [Fact]
    public void What_is_written_is_cut_to_the_bounds_of_its_kind()
    {
        SecurityFinding finding = new()
        {
            Metadata = new() { Name = "a" },
            Spec = new()
            {
                Rule = new string('r', 300),
                Severity = FindingSeverity.High,
                Message = new string('m', 1022) + "😀😀",
                Tags = [.. Enumerable.Range(0, 100).Select(i => new string('t', 200))],
                Fields = Enumerable.Range(0, 100).ToDictionary(i => Number(i) + new string('k', i), i => new string('v', 1000)),
            },
        };

        var json = ResourceJson.Trimmed<SecurityFinding>(ApiJson.Default, WithinBounds.Keep);
        var written = JsonSerializer.Deserialize(JsonSerializer.Serialize(finding, json), json)!.Spec;

        written.Rule.Should().HaveLength(256);
        written.Message.Should().Be(new string('m', 1022) + "…");
        written.Tags.Should().HaveCount(64).And.OnlyContain(t => t.Length == 128);
        written.Fields.Should().OnlyContain(f => f.Key.Length <= 64 && f.Value.Length <= 512);
        written.Fields.Sum(f => f.Key.Length + f.Value.Length).Should().BeInRange(15_000, 16_384);
        finding.Spec.Rule.Should().HaveLength(300, "what is written is cut, not what it is written from");
    }

    private static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);

    private static JsonObject LargeFinding(int number) => new()
    {
        ["apiVersion"] = WellKnown.ApiVersion,
        ["kind"] = nameof(SecurityFinding),
        ["metadata"] = new JsonObject { ["name"] = $"large-{Number(number)}", ["namespace"] = Shop, ["annotations"] = new JsonObject { ["example.com/padding"] = Padding } },
        ["spec"] = new JsonObject { ["rule"] = "none", ["severity"] = "Low", ["message"] = new string('m', 1000) },
    };
}
