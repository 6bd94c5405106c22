using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;

namespace Operator.DevCluster.Tests.Schema;

/// <summary>The definitions of <c>config/crd</c>: what their schemas alone refuse, and what they fill in.</summary>
public sealed class PolicySchemaTests(PolicyServer server) : IClassFixture<PolicyServer>
{
    [Fact]
    public void Every_kind_has_its_definition() => PolicyServer.Definitions.Should().HaveCount(7);

    [Fact]
    public async Task A_policy_without_a_match_is_refused()
    {
        var answer = await server.TryAsync(PolicyServer.Policies, PolicyServer.Of("RecoveryPolicy", """{"mode": "Observe"}"""));

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        answer.Message.Should().StartWith("RecoveryPolicy.immutablerecovery.io \"p\" is invalid: [spec.match: Required value, ");
    }

    [Fact]
    public async Task A_policy_with_an_unknown_mode_is_refused() => await Refused(
        """{"mode": "Destroy"}""", """spec.mode: Unsupported value: "Destroy": supported values: "Observe", "Contain", "Recover".""");

    [Theory]
    [InlineData("soon")]
    [InlineData("10")]
    [InlineData("-5m")]
    [InlineData("5 minutes")]
    [InlineData("")]
    public async Task A_duration_of_nonsense_is_refused(string duration) => await Refused(
        $$"""{"verify": {"soak": "{{duration}}"} }""",
        $"spec.verify.soak: Invalid value: \"{duration}\": spec.verify.soak in body should match");

    [Fact]
    public async Task A_duration_that_is_a_number_is_refused() => await Refused(
        """{"verify": {"soak": 300}}""", """spec.verify.soak: Invalid value: "integer": spec.verify.soak in body must be of type string: "integer".""");

    [Fact]
    public async Task A_policy_about_no_findings_is_refused() => await Refused(
        """{"match": {"findings": []}}""", "spec.match.findings: Invalid value: 0: spec.match.findings in body should have at least 1 items");

    [Fact]
    public async Task A_finding_of_an_unknown_severity_is_refused() => await Refused(
        """{"match": {"findings": [{}, {"minimumSeverity": "Awful"}]}}""",
        """spec.match.findings[1].minimumSeverity: Unsupported value: "Awful": supported values: "Informational", "Low", "Medium", "High", "Critical".""");

    [Theory]
    [InlineData("maxPerHour", 0)]
    [InlineData("maxConcurrent", 0)]
    [InlineData("maxPerHour", -1)]
    public async Task A_budget_of_nothing_is_refused(string limit, int value) => await Refused(
        $$"""{"limits": {"replace": {"{{limit}}": {{value}} } } }""",
        $"spec.limits.replace.{limit}: Invalid value: {value}: spec.limits.replace.{limit} in body should be greater than or equal to 1");

    [Theory]
    [InlineData("101%")]
    [InlineData("half")]
    [InlineData("3")]
    public async Task A_share_over_the_whole_or_of_no_meaning_is_refused(string share) => await Refused(
        $$"""{"limits": {"replace": {"maxUnavailable": "{{share}}"} } }""",
        $"spec.limits.replace.maxUnavailable: Invalid value: \"{share}\": spec.limits.replace.maxUnavailable in body should match");

    [Theory]
    [InlineData("1")]
    [InlineData("\"0%\"")]
    [InlineData("\"100%\"")]
    public async Task A_number_and_a_share_of_pods_are_accepted(string share) =>
        (await server.TryAsync(PolicyServer.Policies, PolicyServer.Policy($$"""{"limits": {"replace": {"maxUnavailable": {{share}} } } }"""))).Code
            .Should().Be(HttpStatusCode.Created);

    [Fact]
    public async Task A_spec_that_is_text_is_refused_and_breaks_nothing()
    {
        var answer = await server.TryAsync(PolicyServer.Policies, PolicyServer.Of("RecoveryPolicy", "\"recover everything\""));

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        answer.Message.Should().Contain("spec: Invalid value: \"string\": spec in body must be of type object: \"string\"");
    }

    [Fact]
    public async Task A_typing_error_is_refused_when_the_client_is_strict()
    {
        var answer = await server.TryAsync(PolicyServer.Policies, PolicyServer.Policy("""{"mod": "Recover"}"""));

        answer.Message.Should().Be(
            "RecoveryPolicy in version \"v1alpha1\" cannot be handled as a RecoveryPolicy: strict decoding error: unknown field \"spec.mod\"");
    }

    [Fact]
    public async Task A_team_cannot_ask_for_its_node_to_be_cordoned()
    {
        (await server.TryAsync(PolicyServer.Policies, PolicyServer.Policy("""{"contain": {"node": "Cordon"}}"""))).Message
            .Should().EndWith("unknown field \"spec.contain.node\"");
        (await server.TryAsync(PolicyServer.ClusterPolicies, PolicyServer.Policy("""{"contain": {"node": "Cordon"}}""", "ClusterRecoveryPolicy"))).Code
            .Should().Be(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Rules_that_nobody_evaluates_are_said_to_be_unchecked()
    {
        var answer = await server.TryAsync(PolicyServer.Policies, PolicyServer.Policy("""{"mode": "Destroy"}"""));

        answer.Json.Items("details", "causes").Last().Text("message").Should().Be(
            "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation");
    }

    [Theory]
    [InlineData("sha256:beef")]
    [InlineData("latest")]
    public async Task A_digest_that_is_none_is_not_trusted(string digest)
    {
        var answer = await server.TryAsync(PolicyServer.Images, PolicyServer.Of(
            "TrustedImage", $$"""{"repositories": ["registry.example/shop/cart"], "digests": [{"digest": "{{digest}}"}]}"""));

        answer.Message.Should().Contain($"spec.digests[0].digest: Invalid value: \"{digest}\": spec.digests[0].digest in body should match '^sha256:[0-9a-f]{{64}}$'");
    }

    [Fact]
    public async Task A_digest_is_listed_once()
    {
        string digest = $"{{\"digest\": \"sha256:{new string('a', 64)}\"}}";

        var answer = await server.TryAsync(PolicyServer.Images, PolicyServer.Of(
            "TrustedImage", $$"""{"repositories": ["registry.example/shop/cart"], "digests": [{{digest}}, {{digest}}]}"""));

        answer.Message.Should().Contain("spec.digests[1]: Duplicate value: {\"digest\":\"sha256:aaa");
    }

    [Fact]
    public async Task A_source_without_a_token_is_refused()
    {
        var answer = await server.TryAsync(PolicyServer.Sources, PolicyServer.Of(
            "FindingSource", """{"type": "Falco", "namespaces": ["*"], "authentication": {"tokenSHA256": []}}"""));

        answer.Message.Should().Contain("spec.authentication.tokenSHA256: Invalid value: 0: spec.authentication.tokenSHA256 in body should have at least 1 items");
    }

    [Fact]
    public async Task A_revocation_must_say_why()
    {
        var answer = await server.TryAsync(PolicyServer.Revocations, PolicyServer.Of(
            "ImageRevocationList", $$"""{"revoked": {"sha256:{{new string('a', 64)}}": {"since": "yesterday"} } }"""));

        answer.Message.Should().Contain($"spec.revoked.sha256:{new string('a', 64)}.since: Invalid value: \"yesterday\"")
            .And.Contain($"spec.revoked.sha256:{new string('a', 64)}.reason: Required value");
    }

    [Fact]
    public async Task A_policy_that_gives_only_its_match_reads_back_with_every_default_of_its_type()
    {
        var policy = PolicyServer.Policy("""{"match": {"findings": [{}]}}""");
        policy["metadata"]!["name"] = "defaults";
        _ = (await server.Api.CreateAsync(PolicyServer.Policies, policy)).Ok;

        var stored = (await server.Api.GetAsync($"{PolicyServer.Policies}/defaults")).Ok;

        var ofType = JsonSerializer.SerializeToNode(JsonSerializer.Deserialize(policy, ApiJson.Default.RecoveryPolicy)!.Spec, ApiJson.Default.RecoveryPolicySpec)!;
        JsonNode.DeepEquals(WithoutEmpty(stored["spec"]!), WithoutEmpty(ofType)).Should().BeTrue("{0} is stored, {1} is the type's", stored["spec"], ofType);
        stored.TextAt("spec", "limits", "replace", "maxUnavailable").Should().Be("25%");
    }

    [Fact]
    public async Task A_status_that_does_not_fit_is_refused()
    {
        var policy = PolicyServer.Policy();
        policy["metadata"]!["name"] = "status";
        var made = (await server.Api.CreateAsync(PolicyServer.Policies, policy)).Ok;
        made["status"] = JsonNode.Parse("""{"conditions": [{"type": "Ready", "status": "Maybe"}]}""");

        var answer = await server.Api.UpdateAsync($"{PolicyServer.Policies}/status/status", made);

        answer.Message.Should().Contain("status.conditions[0].status: Invalid value: \"Maybe\": conditions[0].status in body should match")
            .And.Contain("status.conditions[0].reason: Required value");
    }

    [Fact]
    public async Task Every_printer_column_finds_its_field_in_the_schema()
    {
        foreach (var definition in PolicyServer.Definitions)
        {
            var version = definition.Items("spec", "versions").Single();
            foreach (var column in version.Items("additionalPrinterColumns"))
            {
                string path = column.TextAt("jsonPath");
                PrinterColumns.Type((JsonObject)version.At("schema", "openAPIV3Schema")!, path).Should()
                    .Be(column.Text("type") == "date" ? "string" : column.Text("type"), "of {0} in {1}", path, definition.Name);
            }
        }
        var table = (await server.Api.SendAsync(
            HttpMethod.Get, PolicyServer.Policies, accept: "application/json;as=Table;v=v1;g=meta.k8s.io")).Ok;
        table.Items("columnDefinitions").Select(c => c.Text("name")).Should().StartWith(["Name", "Mode", "Pods"]);
    }

    private async Task Refused(string changed, string message)
    {
        var answer = await server.TryAsync(PolicyServer.Policies, PolicyServer.Policy(changed));

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        $"{answer.Message.Split(", <nil>")[0]}.".Should().Contain(message);
    }

    /// <summary>An empty list or map and none are the same to the operator.</summary>
    private static JsonNode WithoutEmpty(JsonNode node)
    {
        if (node is not JsonObject json)
            return node.DeepClone();
        return new JsonObject(json
            .Where(m => m.Value is not (null or JsonArray { Count: 0 } or JsonObject { Count: 0 }))
            .Select(m => KeyValuePair.Create(m.Key, m.Value is JsonArray list ? new JsonArray([.. list.Select(i => WithoutEmpty(i!))]) : (JsonNode?)WithoutEmpty(m.Value!))));
    }
}
