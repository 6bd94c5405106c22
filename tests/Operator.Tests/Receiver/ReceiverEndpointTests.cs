using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;
using Operator.Runtime;

namespace Operator.Tests.Receiver;

public sealed class ReceiverEndpointTests(ReceiverFixture receiver) : IClassFixture<ReceiverFixture>
{
    private const string Alert = """
        {"rule": "Terminal shell in container", "priority": "Error", "time": "2026-11-24T10:00:00.123456789Z", "output": "a shell",
         "tags": ["mitre_execution"], "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "cart-1"}}
        """;

    [Fact]
    public async Task A_request_without_a_token_is_refused_and_costs_no_API_call()
    {
        var source = await receiver.SourceAsync();
        var before = await StoredAsync();

        var (code, text, _) = await receiver.PostAsync(source, Alert, token: null);

        code.Should().Be(HttpStatusCode.Unauthorized);
        text.Should().Contain("bearer token");
        (await StoredAsync()).Should().Be(before);
    }

    [Fact]
    public async Task A_wrong_token_and_an_unknown_source_get_the_same_answer()
    {
        var wrong = await receiver.PostAsync(await receiver.SourceAsync(), Alert, "another");
        var unknown = await receiver.PostAsync("nobody", Alert);

        (wrong.Code, unknown.Code).Should().Be((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized));
        wrong.Text.Should().Be(unknown.Text);
    }

    [Fact]
    public async Task An_expired_token_is_refused_and_says_since_when()
    {
        var source = await receiver.SourceAsync(expiresAt: ", expiresAt: \"2020-01-01T00:00:00Z\"");

        var answer = await receiver.PostAsync(source, Alert);

        answer.Code.Should().Be(HttpStatusCode.Unauthorized);
        answer.Error.Should().Contain("expired at 2020-01-01");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_ten_megabytes_is_refused(bool chunked)
    {
        var source = await receiver.SourceAsync();

        var answer = await receiver.PostAsync(source, new byte[10 * 1024 * 1024], chunked: chunked);

        answer.Code.Should().Be(HttpStatusCode.RequestEntityTooLarge, "{0}", answer.Text);
        answer.Error.Should().Contain("4194304 bytes");
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("{\"rule\": ", "not JSON")]
    [InlineData("Terminal shell in container", "not JSON")]
    [InlineData("{}", "no \"rule\"")]
    [InlineData("{\"rule\": 5}", "no \"rule\"")]
    [InlineData("[]", "array of 1 to")]
    [InlineData("[1]", "alert 1")]
    [InlineData("\"text\"", "JSON object")]
    public async Task What_cannot_be_read_is_refused_with_the_reason(string body, string reason)
    {
        var answer = await receiver.PostAsync(await receiver.SourceAsync(), body);

        answer.Code.Should().Be(HttpStatusCode.BadRequest);
        answer.Error.Should().Contain(reason);
    }

    [Fact]
    public async Task A_broken_alert_is_named_and_does_not_take_the_others_with_it()
    {
        var source = await receiver.SourceAsync();

        var lines = await receiver.PostAsync(source, Alert.ReplaceLineEndings("") + "\n{\"rule\": \n" + Alert.ReplaceLineEndings("").Replace("cart-1", "cart-2", StringComparison.Ordinal));
        var array = await receiver.PostAsync(source, $"[{{\"output\": 1}}, {Alert}]");

        (lines.Code, array.Code).Should().Be((HttpStatusCode.Accepted, HttpStatusCode.Accepted));
        lines.Findings.Select(f => (string)f["outcome"]!).Should().Equal("Stored", "Rejected", "Stored");
        lines.Text.Should().Contain("\"line\":2");
        array.Findings.Select(f => (string)f["outcome"]!).Should().Equal("Rejected", "Repeated");
        ((string)array.Findings[0]["reason"]!).Should().Contain("alert 1").And.Contain("no \"rule\"");
    }

    [Fact]
    public async Task The_rate_counts_findings_and_a_batch_above_the_burst_gets_through_when_it_is_sent_again()
    {
        var source = await receiver.SourceAsync("namespaces: [\"*\"]\n  rateLimit: {perSecond: 1, burst: 4}");
        var body = $"[{string.Join(',', Enumerable.Range(0, 9).Select(i => Alert.Replace("cart-1", $"cart-{i}", StringComparison.Ordinal)))}]";

        var first = await receiver.PostAsync(source, body);

        first.Code.Should().Be(HttpStatusCode.ServiceUnavailable);
        first.RetryAfter.Should().NotBeNull();
        first.Findings.Select(f => (string)f["outcome"]!).Should().HaveCountLessThan(9).And.HaveCountGreaterThanOrEqualTo(4).And.OnlyContain(o => o == "Stored");
        await Waiting.UntilAsync(async () => (await receiver.PostAsync(source, body)).Code == HttpStatusCode.Accepted, "all of it is taken");
    }

    [Fact]
    public async Task Host_alerts_of_one_rule_node_and_container_are_one_finding_whatever_they_say()
    {
        var source = await receiver.SourceAsync();
        string Host(int i, string node) => $$$"""{"rule": "Host", "priority": "Critical", "output": "process {{{i}}}", "output_fields": {"container.id": "host", "evt.hostname": "{{{node}}}", "proc.pid": {{{i}}}}}""";

        var answer = await receiver.PostAsync(source, string.Join('\n', Host(1, "node-1"), Host(2, "node-1"), Host(3, "node-2")));

        answer.Findings.Select(f => (string)f["outcome"]!).Should().Equal("Stored", "Repeated", "Stored");
    }

    [Fact]
    public async Task A_time_in_the_future_counts_as_that_of_receipt_and_says_so()
    {
        var source = await receiver.SourceAsync();

        var spec = (await FindingAsync((await receiver.PostAsync(source, Alert.Replace("2026-11-24", "2999-01-01", StringComparison.Ordinal))).Name)).Spec;

        spec.OccurredAt.Should().Be(spec.ReceivedAt);
        spec.TimeFrom.Should().Contain("2999-01-01");
    }

    [Fact]
    public async Task A_conflict_while_a_repeat_is_counted_is_no_matter_of_the_senders()
    {
        var source = await receiver.SourceAsync();
        var name = (await receiver.PostAsync(source, Alert)).Name;
        await Waiting.UntilAsync(async () => (await FindingAsync(name)).Status?.State == FindingState.Unresolved, "it is decided on");
        var conflicts = 0;
        receiver.Cluster.Api.Faults.Before = request => ValueTask.FromResult<Fault?>(
            request is { Verb: "update", Resource: "securityfindings" } && request.Name == name && Interlocked.Increment(ref conflicts) <= 2
                ? new Fault.Respond(new(409, "Conflict", "the object has been modified"))
                : null);

        var answer = await receiver.PostAsync(source, Alert);
        receiver.Cluster.Api.Faults.Before = null;

        answer.Code.Should().Be(HttpStatusCode.Accepted);
        (await FindingAsync(name)).Status!.Count.Should().Be(1);
    }

    [Fact]
    public async Task An_alert_is_accepted_once_it_is_stored()
    {
        var source = await receiver.SourceAsync();

        var answer = await receiver.PostAsync(source, Alert);

        answer.Code.Should().Be(HttpStatusCode.Accepted);
        var finding = await FindingAsync(answer.Name);
        finding.Spec.Source.Should().Be(source);
        finding.Spec.Severity.Should().Be(FindingSeverity.High);
        finding.Spec.OccurredAt.Should().Be(DateTimeOffset.Parse("2026-11-24T10:00:00.1234567Z", System.Globalization.CultureInfo.InvariantCulture));
        finding.Spec.Tags.Should().Equal("mitre_execution");
        (finding.Spec.Target.Namespace, finding.Spec.Target.Pod).Should().Be(("shop", "cart-1"));
    }

    [Fact]
    public async Task Nobody_is_told_that_it_was_accepted_before_it_is_stored()
    {
        var source = await receiver.SourceAsync();
        var asked = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        receiver.Cluster.Api.Faults.Before = async request =>
        {
            if (IsFindingOf(request, source))
            {
                asked.TrySetResult();
                await release.Task;
            }
            return null;
        };

        var answer = receiver.PostAsync(source, Alert);
        await asked.Task;
        answer.IsCompleted.Should().BeFalse();
        release.SetResult();
        (await answer).Code.Should().Be(HttpStatusCode.Accepted);
        receiver.Cluster.Api.Faults.Before = null;
    }

    [Fact]
    public async Task A_repeat_is_accepted_and_counted_and_makes_no_second_finding()
    {
        var source = await receiver.SourceAsync();

        var first = await receiver.PostAsync(source, Alert);
        var second = await receiver.PostAsync(source, Alert);

        second.Code.Should().Be(HttpStatusCode.Accepted);
        ((string?)second.Findings[0]["outcome"]).Should().Be("Repeated");
        second.Name.Should().Be(first.Name);
        await Waiting.UntilAsync(
            async () => (await receiver.Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, first.Name))).Required().Status is { Count: 1 },
            "the repeat is counted");
    }

    [Fact]
    public async Task What_could_not_be_stored_is_answered_503_and_accepted_when_sent_again()
    {
        var source = await receiver.SourceAsync();
        var failing = true;
        var creations = 0;
        receiver.Cluster.Api.Faults.Before = request => ValueTask.FromResult<Fault?>(
            failing && IsFindingOf(request, source) && Interlocked.Increment(ref creations) == 2
                ? new Fault.Respond(new(500, "InternalError", "etcdserver: request timed out"))
                : null);
        var body = $"[{Alert}, {Alert.Replace("cart-1", "cart-2", StringComparison.Ordinal)}, {Alert.Replace("cart-1", "cart-3", StringComparison.Ordinal)}]";

        var refused = await receiver.PostAsync(source, body);
        failing = false;
        var accepted = await receiver.PostAsync(source, body);
        receiver.Cluster.Api.Faults.Before = null;

        refused.Code.Should().Be(HttpStatusCode.ServiceUnavailable);
        refused.RetryAfter.Should().Be(TimeSpan.FromSeconds(2));
        accepted.Code.Should().Be(HttpStatusCode.Accepted);
        accepted.Findings.Select(f => (string)f["outcome"]!).Should().Equal("Repeated", "Stored", "Stored");
    }

    [Fact]
    public async Task A_source_that_sends_too_fast_is_told_to_come_back()
    {
        var source = await receiver.SourceAsync("namespaces: [\"*\"]\n  rateLimit: {perSecond: 1, burst: 1}");

        var answers = new List<Received>();
        for (var i = 0; i < 4; i++)
            answers.Add(await receiver.PostAsync(source, Alert));

        answers[0].Code.Should().Be(HttpStatusCode.Accepted);
        answers.Should().Contain(a => a.Code == HttpStatusCode.ServiceUnavailable && a.RetryAfter != null);
    }

    [Fact]
    public async Task A_source_may_not_speak_for_another_namespace()
    {
        var source = await receiver.SourceAsync("namespaces: [blog]");
        var before = await StoredAsync();

        var answer = await receiver.PostAsync(source, Alert);

        answer.Code.Should().Be(HttpStatusCode.Forbidden);
        answer.Error.Should().Contain($"source {source} may not speak for namespace shop");
        (await StoredAsync()).Should().Be(before);
    }

    [Fact]
    public async Task A_severity_above_the_sources_is_lowered_and_says_so()
    {
        var source = await receiver.SourceAsync("namespaces: [\"*\"]\n  maximumSeverity: Medium");

        var finding = await FindingAsync((await receiver.PostAsync(source, Alert)).Name);

        finding.Spec.Severity.Should().Be(FindingSeverity.Medium);
        finding.Spec.SeverityFrom.Should().Contain("lowered from High");
    }

    [Fact]
    public async Task Control_characters_in_every_string_are_stored_nowhere()
    {
        const string Evil = "\\u0000\\u001b[31mred\\u202e\\u0007\\r\\n";
        var source = await receiver.SourceAsync();

        var answer = await receiver.PostAsync(source, $$"""
            {"rule": "r{{Evil}}", "priority": "{{Evil}}", "time": "{{Evil}}", "output": "o{{Evil}}", "source": "{{Evil}}", "tags": ["t{{Evil}}"], "hostname": "{{Evil}}",
             "output_fields": {"k8s.ns.name": "shop{{Evil}}", "k8s.pod.name": "cart{{Evil}}", "container.id": "c{{Evil}}", "proc.cmdline": "p{{Evil}}", "k{{Evil}}": "v"} }
            """);

        answer.Code.Should().Be(HttpStatusCode.Accepted);
        var stored = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(await FindingAsync(answer.Name), ApiJson.Default.SecurityFinding))!;
        Strings(stored).Should().NotContain(s => s.Any(c => char.IsControl(c) || c == '\u202e'));
        stored["spec"]!["target"]!["pod"].Should().BeNull("what is no name of a pod names none");
    }

    [Fact]
    public async Task A_finding_of_a_pod_that_is_not_there_is_unresolved_with_the_reason()
    {
        var source = await receiver.SourceAsync();
        var name = (await receiver.PostAsync(source, """{"rule": "Shell", "priority": "Error", "output": "no pod at all"}""")).Name;

        await Waiting.UntilAsync(async () => (await FindingAsync(name)).Status?.State == FindingState.Unresolved, "it is unresolved");
        (await FindingAsync(name)).Status!.Reason.Should().Be("NoPodNamed");
    }

    [Fact]
    public async Task The_sources_status_says_what_was_refused_and_why()
    {
        var source = await receiver.SourceAsync();
        await receiver.PostAsync(source, "{}");
        await receiver.PostAsync(source, Alert);

        FindingSourceStatus? status = null;
        await Waiting.UntilAsync(
            async () => (status = (await receiver.Cluster.Sources.GetAsync(new("", source))).Required().Status) is { Accepted: 1, Rejected: 1 },
            "the counts are written down");
        status!.Rejections.Should().ContainSingle().Which.Message.Should().Contain("rule");
        status.LastHeardAt.Should().NotBeNull();
    }

    private async Task<int> StoredAsync() => (await receiver.Cluster.Api.Requests.WritesAsync()).Count(r => r is { Verb: "create", Resource: "securityfindings" });

    private static bool IsFindingOf(ApiRequest request, string source) =>
        request is { Verb: "create", Resource: "securityfindings" } && Encoding.UTF8.GetString(request.Body.Span).Contains($"\"{source}\"", StringComparison.Ordinal);

    private async Task<SecurityFinding> FindingAsync(string name) =>
        (await receiver.Cluster.Findings.GetAsync(new ObjectKey(TestCluster.OperatorNamespace, name))).Required();

    private static IEnumerable<string> Strings(JsonNode node) => node switch
    {
        JsonObject map => map.SelectMany(p => p.Value is null ? [p.Key] : Strings(p.Value).Append(p.Key)),
        JsonArray list => list.OfType<JsonNode>().SelectMany(Strings),
        _ => [node.ToString()],
    };
}
