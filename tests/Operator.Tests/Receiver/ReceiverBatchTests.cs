using System.Net;
using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Tests.Receiver;

/// <summary>Bodies of many alerts: what is taken of them, and what it costs.</summary>
public sealed class ReceiverBatchTests(ReceiverFixture receiver) : IClassFixture<ReceiverFixture>
{
    private const string Fast = "namespaces: [\"*\"]\n  rateLimit: {perSecond: 100000, burst: 100000}";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_body_with_more_than_a_thousand_alerts_a_thousand_are_stored_and_the_rest_is_refused(bool array)
    {
        var source = await receiver.SourceAsync(Fast);
        List<string> alerts = [.. Enumerable.Repeat(Alert("cart-1"), 998), "{}", Alert("cart-2"), Alert("cart-3"), Alert("cart-4")];

        var answer = await receiver.PostAsync(source, array ? $"[{string.Join(',', alerts)}]" : string.Join('\n', alerts));

        answer.Code.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        answer.Error.Should().Contain("more than 1000 alerts");
        answer.Findings.Select(f => (string)f["outcome"]!).Should().Equal(["Stored", .. Enumerable.Repeat("Repeated", 997), "Rejected", "Stored"], "it has an entry for each that was read, in their order");
        (await FindingsAsync(source)).Select(f => f.Spec.Target.Pod).Should().BeEquivalentTo("cart-1", "cart-2");
        var rest = await receiver.PostAsync(source, string.Join('\n', alerts[1000..]));
        rest.Code.Should().Be(HttpStatusCode.Accepted);
        rest.Findings.Select(f => (string)f["outcome"]!).Should().Equal("Stored", "Stored");
    }

    [Fact]
    public async Task What_costs_a_source_nothing_costs_the_API_server_nothing()
    {
        var source = await receiver.SourceAsync("namespaces: [\"*\"]\n  rateLimit: {perSecond: 1, burst: 20}");
        string Batch(int attempt) => string.Join('\n', [.. Enumerable.Range(0, 15).Select(i => Alert($"cart-{i}")), .. Enumerable.Range(0, 300).Select(i => Alert($"new-{attempt}-{i}"))]);
        await receiver.PostAsync(source, Batch(0));
        await Waiting.UntilAsync(async () => (await FindingsAsync(source)).All(f => f.Status?.State is FindingState.Unresolved), "they are decided on");

        var before = await AskedAsync(source);
        Received? again = null;
        await Waiting.UntilAsync(async () => (again = await receiver.PostAsync(source, Batch(1))).Findings.Count > 0, "the source may send again");

        again!.Code.Should().Be(HttpStatusCode.ServiceUnavailable, "the batch is cut again");
        again.Findings.Take(15).Select(f => (string)f["outcome"]!).Should().OnlyContain(o => o == "Repeated");
        (await AskedAsync(source) - before).Should().Be(again.Findings.Count - 15, "only what was paid for is asked of the API server");
    }

    [Fact]
    public async Task What_was_accepted_and_deleted_since_is_stored_when_it_is_sent_again()
    {
        var source = await receiver.SourceAsync("namespaces: [\"*\"]\n  rateLimit: {perSecond: 1, burst: 2}");
        var batch = string.Join('\n', Enumerable.Range(0, 200).Select(i => Alert($"cart-{i}")));
        var first = await receiver.PostAsync(source, batch);
        ObjectKey key = new(TestCluster.OperatorNamespace, first.Name);
        (await receiver.Cluster.Findings.DeleteAsync(key, new())).Required();

        Received? last = null;
        await Waiting.UntilAsync(
            async () => (last = await receiver.PostAsync(source, batch)).Findings.Count > 0 && await receiver.Cluster.Findings.GetAsync(key) is ApiResult<SecurityFinding>.Ok,
            "it is stored again");
        last!.Code.Should().Be(HttpStatusCode.ServiceUnavailable, "it did not wait until all of the batch was taken");
    }

    [Fact]
    public async Task Alerts_that_name_pods_by_their_UID_alone_are_findings_about_different_pods()
    {
        var source = await receiver.SourceAsync();
        string OfUid(string uid) => $$$"""{"rule": "Shell", "priority": "Critical", "output_fields": {"k8s.pod.uid": "{{{uid}}}"}}""";

        var answer = await receiver.PostAsync(source, string.Join('\n', OfUid("uid-of-a-new-pod"), OfUid("uid-of-another"), OfUid("uid-of-a-new-pod")));

        answer.Findings.Select(f => (string)f["outcome"]!).Should().Equal("Stored", "Stored", "Repeated");
    }

    private static string Alert(string pod) => $$$"""{"rule": "Shell", "priority": "Error", "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "{{{pod}}}"}}""";

    private async Task<IReadOnlyList<SecurityFinding>> FindingsAsync(string source) =>
        [.. (await receiver.Cluster.Findings.ListAsync(new() { Namespace = TestCluster.OperatorNamespace })).Required().Items.Where(f => f.Spec.Source == source)];

    /// <summary>How often the API server was asked to store a finding of a source, also where it had it.</summary>
    private async Task<int> AskedAsync(string source)
    {
        await receiver.Cluster.Api.Requests.WritesAsync();
        return receiver.Cluster.Api.Requests.All.Count(r =>
            r is { Verb: "create", Resource: "securityfindings" } && System.Text.Encoding.UTF8.GetString(r.Body.Span).Contains($"\"{source}\"", StringComparison.Ordinal));
    }
}
