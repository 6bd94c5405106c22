using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s.Models;
using Operator.Domain.Planning;

namespace Operator.Tests.Alerting;

/// <summary>With a real Prometheus, which scrapes the operator, and a real Alertmanager, which is told.</summary>
public sealed partial class PrometheusTests : ShopTest
{
    private readonly string folder = Directory.CreateTempSubdirectory("prometheus-").FullName;
    private readonly List<Process> started = [];

    [Fact]
    public async Task Promtool_finds_nothing_to_complain_of_in_what_is_exported()
    {
        var promtool = ExternalProgram.Needed("promtool");
        await Cluster.PolicyAsync(Shop);
        var pods = await DeployTrustedAsync();
        var running = await StartOperatorAsync();
        await Cluster.FindAsync(pods[0]);
        await Cluster.EndedAsync(pods[0]);
        var exported = await running.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

        var said = await promtool.ReadAsync(exported, "check", "metrics");

        said.Split('\n').Where(l => l.StartsWith("immutable_recovery", StringComparison.Ordinal)).Should().BeEmpty();
        exported.Should().Contain("process_working_set_bytes ").And.Contain("process_cpu_seconds_total ");
    }

    [Fact]
    public async Task A_blocked_recovery_reaches_Alertmanager()
    {
        var (prometheus, alertmanager) = (ExternalProgram.Needed("prometheus"), ExternalProgram.Needed("prometheus-alertmanager", "alertmanager"));
        await Cluster.PolicyAsync(Shop);
        Cluster.Push("search", "5.2");
        await Cluster.DeployAsync(Shop, "search", "search:5.2", 2);
        var pod = (await Cluster.PodsAsync(Shop))[0];
        var running = await StartOperatorAsync();
        var told = await StartAsync(prometheus, alertmanager, running);

        await Cluster.FindAsync(pod);
        await Cluster.BlockedAsync(pod, Reasons.NoTrustedDigest);

        JsonNode? alert = null;
        await Waiting.UntilAsync(async () => (alert = await AlertAsync(told, "ImmutableRecoveryBlocked")) is not null, "Alertmanager has the alert");
        alert!["labels"]!["severity"]!.ToString().Should().NotBeEmpty();
        alert["labels"]!["reason"]!.ToString().Should().Be(Reasons.NoTrustedDigest);
        alert["annotations"]!["description"]!.ToString().Should().NotContain("{{", "its template is filled in");
        alert["annotations"]!.AsObject().Should().NotContain(a => a.Value!.ToString().Contains(pod.Name(), StringComparison.Ordinal));

        await Cluster.TrustAsync("search", "5.2", TestCluster.Digest("search:5.2 as released"));
        await Cluster.EndedAsync(pod);
        await Waiting.UntilAsync(async () => await AlertAsync(told, "ImmutableRecoveryBlocked") is null, "it resolves once the recovery goes on");
    }

    protected override ValueTask StopAsync()
    {
        foreach (var process in started)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Returns where Alertmanager answers. The alerts are the shipped ones, but that they wait for nothing.</summary>
    private async Task<HttpClient> StartAsync(ExternalProgram prometheus, ExternalProgram alertmanager, OperatorInProcess running)
    {
        var rules = Path.Combine(folder, "alerts.yaml");
        await File.WriteAllTextAsync(rules, Waits().Replace(await File.ReadAllTextAsync(AlertRulesTests.Rules), ""));
        var (web, alerts) = (FreePort.Take(), FreePort.Take());
        await File.WriteAllTextAsync(Path.Combine(folder, "alertmanager.yml"), "{route: {receiver: nobody}, receivers: [{name: nobody}], global: {resolve_timeout: 5s}}");
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), $$"""
            global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
            rule_files: ["{{rules}}"]
            scrape_configs: [{job_name: operator, static_configs: [{targets: ["{{running.Http.BaseAddress!.Authority}}"]}]}]
            alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:{{alerts}}"]}]}]}
            """);
        Start(alertmanager, $"--config.file={folder}/alertmanager.yml", $"--storage.path={folder}/alertmanager", $"--web.listen-address=127.0.0.1:{alerts}", "--cluster.listen-address=");
        Start(prometheus, $"--config.file={folder}/prometheus.yml", $"--storage.tsdb.path={folder}/prometheus", $"--web.listen-address=127.0.0.1:{web}");
        HttpClient told = new() { BaseAddress = new Uri($"http://127.0.0.1:{alerts}") };
        await Waiting.UntilAsync(() => AnswersAsync(told, "/-/ready"), "Alertmanager is ready");
        using HttpClient asks = new() { BaseAddress = new Uri($"http://127.0.0.1:{web}") };
        await Waiting.UntilAsync(() => AnswersAsync(asks, "/-/ready"), "Prometheus is ready");
        return told;
    }

    private void Start(ExternalProgram program, params string[] arguments)
    {
        var process = program.Start(arguments);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        started.Add(process);
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string path)
    {
        try
        {
            return (await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<JsonNode?> AlertAsync(HttpClient alertmanager, string name) =>
        JsonNode.Parse(await alertmanager.GetStringAsync(new Uri("/api/v2/alerts?active=true", UriKind.Relative), TestContext.Current.CancellationToken))!.AsArray()
            .FirstOrDefault(a => a!["labels"]!["alertname"]!.ToString() == name);

    [GeneratedRegex(@"^ +for: .*\n", RegexOptions.Multiline)]
    private static partial Regex Waits();
}
