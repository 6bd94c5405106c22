using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Operator.Api.Tests.Schema;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;

namespace Operator.Api.Tests.Samples;

/// <summary>config/samples is what people copy from.</summary>
public sealed class SamplesTests
{
    private static readonly JsonSerializerOptions Strict = new(ApiJson.Default.Options)
    {
        TypeInfoResolver = ApiJson.Default,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private static string Folder => Repository.PathOf("config", "samples");

    private static IEnumerable<(string File, JsonObject Json)> All =>
        from file in Directory.EnumerateFiles(Folder, "??-*.yaml").Order(StringComparer.Ordinal)
        from document in Repository.Documents(File.ReadAllText(file))
        select (Path.GetFileName(file), document);

    private static IEnumerable<(string File, JsonObject Json)> Ours => All.Where(s => (string?)s.Json["apiVersion"] == WellKnown.ApiVersion);

    [Fact]
    public void There_is_a_sample_of_every_kind() =>
        Ours.Select(s => (string)s.Json["kind"]!).Distinct().Should().BeEquivalentTo(Definition.All.Select(d => d.Kind));

    [Fact]
    public void Every_sample_is_read_strictly_into_its_type()
    {
        foreach (var (file, json) in Ours)
        {
            var type = typeof(WellKnown).Assembly.GetType($"{typeof(WellKnown).Namespace}.{(string)json["kind"]!}", throwOnError: true)!;
            var read = () => JsonSerializer.Deserialize(json.ToJsonString(), Strict.GetTypeInfo(type));
            read.Should().NotThrow(file);
        }
    }

    [Fact]
    public void Every_sample_fits_its_schema()
    {
        foreach (var (file, json) in Ours)
            SchemaCheck.Errors(Definition.Of((string)json["kind"]!).Root, json).Should().BeEmpty(file);
    }

    [Fact]
    public async Task An_API_server_takes_every_definition_and_every_sample_as_it_is_written()
    {
        await using var cluster = await ChosenCluster.StartAsync(new() { Controllers = false }, TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = cluster.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", cluster.AdminToken);
        foreach (var definition in Definition.All)
            await cluster.ApplyAsync(definition.Json.ToJsonString(), TestContext.Current.CancellationToken);
        // Where recoveries of a ClusterRecoveryPolicy are.
        await cluster.ApplyAsync("{apiVersion: v1, kind: Namespace, metadata: {name: immutable-recovery}}", TestContext.Current.CancellationToken);
        foreach (var (_, json) in All)
        {
            var stored = await CreateAsync(http, CollectionOf(json), json);
            Lost(json, stored, (string)json["kind"]!).Should().BeEmpty();
        }
    }

    [Fact]
    public void Every_sample_lives_where_its_kind_lives()
    {
        foreach (var (file, json) in Ours)
        {
            var namespaced = (string?)Definition.Of((string)json["kind"]!).Spec["scope"] == "Namespaced";
            (json["metadata"]!["namespace"] is not null).Should().Be(namespaced, file);
        }
    }

    [Fact]
    public void The_kustomization_applies_all_but_the_recovery_in_order()
    {
        var kustomization = Repository.Documents(File.ReadAllText(Path.Combine(Folder, "kustomization.yaml"))).Single();

        kustomization["resources"]!.AsArray().Select(r => (string)r!).Should()
            .Equal(All.Select(s => s.File).Distinct().Where(f => f != "60-recovery.yaml"));
    }

    [Fact]
    public void The_sample_policy_writes_the_defaults_out_as_they_are()
    {
        var policy = Read<RecoveryPolicy>("40-recoverypolicy.yaml");

        var defaults = new RecoveryPolicySpec { Match = policy.Spec.Match };
        policy.Spec.Verify.Soak.Value.Should().NotBe(defaults.Verify.Soak.Value, "the sample says so");
        (policy.Spec.Mode, policy.Spec.Verify.Soak) = (defaults.Mode, defaults.Verify.Soak);
        JsonSerializer.Serialize(policy.Spec, ApiJson.Default.RecoveryPolicySpec)
            .Should().Be(JsonSerializer.Serialize(defaults, ApiJson.Default.RecoveryPolicySpec));
    }

    private static async Task<JsonNode> CreateAsync(HttpClient http, string path, JsonObject json)
    {
        using var content = new StringContent(json.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri(path + "?fieldValidation=Strict", UriKind.Relative), content, TestContext.Current.CancellationToken);
        var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        response.IsSuccessStatusCode.Should().BeTrue($"{json["kind"]} {json["metadata"]!["name"]}: {answer}");
        return JsonNode.Parse(answer)!;
    }

    private static string CollectionOf(JsonObject json)
    {
        var kind = (string)json["kind"]!;
        if (kind == "Namespace")
            return "/api/v1/namespaces";
        var space = (string?)json["metadata"]!["namespace"] is { } ns ? $"namespaces/{ns}/" : "";
        return $"/apis/{WellKnown.ApiVersion}/{space}{(string?)Definition.Of(kind).Names["plural"]}";
    }

    /// <summary>What was written and did not come back; defaults come on top.</summary>
    private static IEnumerable<string> Lost(JsonNode? written, JsonNode? stored, string path) => (written, stored) switch
    {
        (JsonObject map, JsonObject other) => map.SelectMany(m => Lost(m.Value, other[m.Key], $"{path}.{m.Key}")),
        (JsonArray list, JsonArray other) when list.Count == other.Count => list.SelectMany((item, i) => Lost(item, other[i], $"{path}[{i}]")),
        _ => JsonNode.DeepEquals(written, stored) ? [] : [path],
    };

    private static T Read<T>(string file) =>
        JsonSerializer.Deserialize<T>(All.Single(s => s.File == file).Json.ToJsonString(), Strict)!;
}
