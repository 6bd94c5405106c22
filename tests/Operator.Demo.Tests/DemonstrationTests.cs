using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s;
using Operator.DevCluster;

[assembly: AssemblyFixture(typeof(ClusterReport))]

namespace Operator.Demo.Tests;

/// <summary>The demonstration as a person or a script runs it.</summary>
public sealed class DemonstrationTests
{
    [Fact]
    public async Task The_shop_ends_as_it_should()
    {
        var (code, output) = await RunAsync(new(null, OutputFormat.Text, Keep: false));

        code.Should().Be(0, output);
        output.Should().Contain("contained (IsolatedAndDetached)").And.Contain("pinning cart to registry.shop.example/cart:1.4@sha256:")
            .And.Contain("pinning ledger to registry.shop.example/ledger:3.0@sha256:").And.Contain("pinning exporter to registry.shop.example/exporter:2.2@sha256:")
            .And.Contain("Blocked: container payments").And.Contain("Blocked: Deployment search was pinned 3 times and field manager argocd-controller puts an untrusted image back").And.Contain("Skipped: namespace kube-system is protected")
            .And.Contain("images from → to");
    }

    [Fact]
    public async Task Where_tags_are_pinned_at_admission_the_shop_recovers_without_a_change_of_its_templates()
    {
        ChosenCluster.Needs(Capability.AdmissionPolicies);

        var (code, output) = await RunAsync(new(null, OutputFormat.Text, Keep: false, PinAtAdmission: true));

        code.Should().Be(0, output);
        output.Should().Contain("admission pins the next pod").And.Contain("images from → to").And.NotContain("pinning ");
    }

    [Fact]
    public async Task Json_is_one_document_and_nothing_else()
    {
        var (code, output) = await RunAsync(new(null, OutputFormat.Json, Keep: false));

        code.Should().Be(0);
        var recoveries = JsonNode.Parse(output)!["recoveries"]!.AsArray();
        recoveries.Select(r => (string)r!["outcome"]!).Should().BeEquivalentTo("Succeeded", "Succeeded", "Succeeded", "Succeeded", "Succeeded", "Blocked", "Blocked", "Skipped");
        var cart = recoveries.Single(r => ((string)r!["target"]!).StartsWith("shop/cart-", StringComparison.Ordinal))!;
        ((string)cart["images"]![0]!["from"]!).Should().NotBe((string)cart["images"]![0]!["to"]!);
        ((double)cart["timeToContainSeconds"]!).Should().BeLessThan((double)cart["timeToRecoverSeconds"]!);
    }

    [Fact]
    public async Task Alerts_are_replayed_and_those_without_a_pod_are_reported()
    {
        const string Alerts = """
            {"rule": "Terminal shell in container", "priority": "Notice", "time": "2021-01-14T23:39:44.834631763Z", "output_fields": {"k8s.ns.name": "blog", "k8s.pod.name": "web", "container.id": "5892b41bcf46", "container.image.repository": "nginx", "container.image.tag": "1.27"}}
            {"rule": "Falco internal: metrics snapshot", "priority": "Informational", "output_fields": {}}
            {"no": "rule"}
            """;

        var (code, output) = await RunAsync(new("-", OutputFormat.Json, Keep: false), Alerts);

        code.Should().Be(0);
        var report = JsonNode.Parse(output)!;
        report["recoveries"]!.AsArray().Should().ContainSingle().Which!["target"]!.ToString().Should().Be("blog/web");
        report["findings"]!.AsArray().Select(f => (string)f!["outcome"]!).Should().Equal("Succeeded", "Unresolved", "Refused");
    }

    [Fact]
    public async Task Every_real_sample_has_a_line()
    {
        var folder = RepositoryRoot.Samples("falco");
        Assert.SkipWhen(folder is null, "the samples are not beside the repository");

        var (code, output) = await RunAsync(new(folder, OutputFormat.Json, Keep: false));

        code.Should().Be(0);
        JsonNode.Parse(output)!["findings"]!.AsArray().Select(f => (string)f!["file"]!).Distinct()
            .Should().BeEquivalentTo(Directory.EnumerateFiles(folder!).Select(f => Path.GetFileName(f)!));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_said_so()
    {
        var (code, _) = await RunAsync(new("no-such-file.json", OutputFormat.Text, Keep: false));

        code.Should().Be(2);
    }

    [Fact]
    public async Task A_folder_without_alerts_is_said_so()
    {
        var folder = Directory.CreateTempSubdirectory("no-alerts-");
        try
        {
            var (code, _) = await RunAsync(new(folder.FullName, OutputFormat.Text, Keep: false));

            code.Should().Be(2);
        }
        finally
        {
            folder.Delete();
        }
    }

    [Fact]
    public async Task What_is_kept_takes_alerts_and_may_be_taken_apart()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var output = new StringWriter();
        KubernetesCluster? cluster = null;
        var running = Demonstration.RunAsync(
            new(null, OutputFormat.Text, Keep: true), TextReader.Null, TextWriter.Synchronized(output), async (like, cancellation) => cluster = await ChosenCluster.StartAsync(like, cancellation), stop.Token);
        await Waiting.UntilAsync(() => Task.FromResult(running.IsCompleted || output.ToString().Contains("--data-binary")), "it says how to send alerts");

        var how = Regex.Match(output.ToString(), "curl (?<url>[^ ]+) -H 'Authorization: Bearer (?<token>[0-9a-f]+)'");
        using HttpClient sender = new() { DefaultRequestHeaders = { Authorization = new("Bearer", how.Groups["token"].Value) } };
        using StringContent alert = new("""{"rule": "R", "priority": "Critical", "output": "o", "output_fields": {"k8s.ns.name": "shop", "k8s.pod.name": "none"} }""");
        (await sender.PostAsync(new Uri(how.Groups["url"].Value), alert, TestContext.Current.CancellationToken)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        using var client = new Kubernetes(cluster!.ClientConfiguration("user"));
        await client.DeleteNamespacedDeploymentAsync("search", "shop", cancellationToken: TestContext.Current.CancellationToken);
        await Waiting.UntilAsync(
            () => Task.FromResult(cluster!.Requests.All.Any(r => r is { Verb: "get", Resource: "deployments", Name: "search", ResponseCode: 404 })), "the GitOps tool has missed it");

        await stop.CancelAsync();
        (await running).Should().Be(0);
    }

    public DemonstrationTests() => ChosenCluster.Needs(Capability.SimulatedKubelets);

    private static async Task<(int Code, string Output)> RunAsync(DemoOptions options, string input = "")
    {
        await using var output = new StringWriter();
        var code = await Demonstration.RunAsync(options, new StringReader(input), output, ChosenCluster.StartAsync, TestContext.Current.CancellationToken);
        return (code, output.ToString());
    }
}
