using System.Globalization;
using System.Text.Json.Nodes;
using Operator.Api.Tests.Schema;
using Operator.Api.V1Alpha1;

namespace Operator.Api.Tests.Rules;

/// <summary>The CEL rules of config/crd, as an API server evaluates them.</summary>
public sealed class RulesTests(DefinitionsInstalled server) : IClassFixture<DefinitionsInstalled>
{
    public static TheoryData<int, string> Broken =>
        new(BrokenRule.All.Select((rule, i) => new TheoryDataRow<int, string>(i, $"{rule.Field}: {rule.Message}")));

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Whoever_breaks_a_rule_is_told_what_to_do(int number, string which)
    {
        ChosenCluster.Needs(Capability.AdmissionPolicies);
        var broken = BrokenRule.All[number];
        var good = Sample(broken.Kind, $"rule-{number.ToString(CultureInfo.InvariantCulture)}");
        broken.Before?.Invoke(good);
        if (broken.Statuses is { } statuses)
        {
            await server.CreateAsync(good);
            var refused = await server.PatchAsync(good, new() { ["status"] = statuses.Bad.DeepClone() }, "status");
            refused.Code.Should().Be(422, which);
            ((string?)refused.Answer["message"]).Should().Contain(broken.Message);
            (await server.PatchAsync(good, new() { ["status"] = statuses.Good.DeepClone() }, "status")).Code.Should().Be(200, "it was the rule, and nothing else");
            return;
        }

        if (broken.IsAboutChange)
        {
            await server.CreateAsync(good);
            if (broken.Status is { } status)
                (await server.PatchAsync(good, new() { ["status"] = status.DeepClone() }, "status")).Code.Should().Be(200);
        }
        var bad = good.DeepClone().AsObject();
        broken.Spoil(bad);
        var (code, answer) = broken.IsAboutChange ? await server.ReplaceAsync(bad) : await server.PostAsync(bad, dryRun: true);

        code.Should().Be(422, which);
        ((string?)answer["message"]).Should().Contain(broken.Message);
        if (!broken.IsAboutChange)
            (await server.PostAsync(good, dryRun: true)).Code.Should().Be(201, "it was the rule, and nothing else");
    }

    [Fact]
    public void No_rule_is_missing() =>
        BrokenRule.All.Select(b => (b.Field, b.Message)).Distinct().Should().BeEquivalentTo(
            from field in Definition.All.SelectMany(d => d.Fields())
            from rule in field.Schema["x-kubernetes-validations"]?.AsArray() ?? []
            select (field.Path, (string)rule!["message"]!));

    /// <summary>As many as the schema lets in: what evaluating the rule costs is within the server's budget.</summary>
    [Fact]
    public async Task A_revocation_list_of_five_thousand_digests_is_taken_and_can_be_changed()
    {
        ChosenCluster.Needs(Capability.AdmissionPolicies);
        var list = Sample("ImageRevocationList", "five-thousand");
        list.Set("spec.revoked", new JsonObject(Enumerable.Range(0, 5000).Select(i =>
            KeyValuePair.Create<string, JsonNode?>($"sha256:{i.ToString("x64", CultureInfo.InvariantCulture)}", new JsonObject { ["reason"] = "an incident" }))));

        await server.CreateAsync(list);
        var since = TimeProvider.System.GetTimestamp();
        var (code, answer) = await server.PatchAsync(list, new()
        {
            ["spec"] = new JsonObject { ["revoked"] = new JsonObject { [$"sha256:{new string('0', 64)}"] = new JsonObject { ["reason"] = "another incident" } } },
        });

        code.Should().Be(200, answer.ToJsonString());
        TestContext.Current.TestOutputHelper?.WriteLine($"changed in {TimeProvider.System.GetElapsedTime(since).TotalMilliseconds:F0} ms");
    }

    /// <summary>The server compares with what was there before (ratcheting): a status is written although the spec breaks a newer bound.</summary>
    [Fact]
    public async Task The_status_of_an_object_that_was_stored_before_the_bounds_is_still_written()
    {
        ChosenCluster.Needs(Capability.AdmissionPolicies);
        var finding = Sample("SecurityFinding", "stored-before");
        finding.Set("metadata.annotations", new JsonObject { ["theirs"] = "kept" });
        finding.Set("spec.fields", new JsonObject { [new string('k', 19_000)] = new string('v', 19_000), ["short"] = "kept" });
        (await server.PostAsync(finding, dryRun: true)).Code.Should().Be(422);
        await server.WithoutBoundsAsync("SecurityFinding", ["spec", "fields"], async () => (await server.PostAsync(finding, dryRun: false)).Code is 201 or 409);
        var another = Sample("SecurityFinding", "stored-afterwards");
        another.Set("spec.fields", finding["spec"]!["fields"]!.DeepClone());
        await Waiting.UntilAsync(async () => (await server.PostAsync(another, dryRun: true)).Code == 422, "the bounds are back");

        var cached = await server.GetAsync(finding);
        // As the cache has it: without what it does not read.
        cached["spec"]!.AsObject().Remove("fields");
        cached["metadata"]!.AsObject().Remove("annotations");
        cached["status"] = new JsonObject { ["state"] = "Unmatched", ["reason"] = "NoPolicy", ["message"] = "no policy", ["count"] = 0, ["observedGeneration"] = 1 };
        var (code, answer) = await server.ReplaceStatusAsync(cached);

        code.Should().Be(200, answer.ToJsonString());
        var now = await server.GetAsync(finding);
        ((string?)now["status"]!["state"]).Should().Be("Unmatched");
        ((string?)now["metadata"]!["annotations"]!["theirs"]).Should().Be("kept");
        now["spec"]!["fields"]!.AsObject().Should().HaveCount(2);
    }

    /// <summary>A sample under another name.</summary>
    private static JsonObject Sample(string kind, string name)
    {
        var sample = Directory.EnumerateFiles(Repository.PathOf("config", "samples"), "??-*.yaml").Order(StringComparer.Ordinal)
            .SelectMany(f => Repository.Documents(File.ReadAllText(f))).First(d => (string?)d["kind"] == kind && (string?)d["apiVersion"] == WellKnown.ApiVersion);
        sample.Set("metadata.name", name);
        return sample;
    }
}
