using System.Text.RegularExpressions;
using Operator.DevCluster;

namespace Operator.Tests.Alerting;

/// <summary>The alerts, without anything to alert of.</summary>
public sealed partial class AlertRulesTests
{
    public static string Folder { get; } = Path.Combine(RepositoryRoot.Folder, "config", "prometheus");

    public static string Rules { get; } = Path.Combine(Folder, "alerts.yaml");

    [Fact]
    public async Task Prometheus_understands_them()
    {
        var (code, output, error) = await ExternalProgram.Needed("promtool").RunAsync(["check", "rules", Rules]);

        code.Should().Be(0, "promtool said {0} {1}", output, error);
    }

    [Fact]
    public async Task Each_fires_when_it_should_and_not_otherwise()
    {
        var (code, output, error) = await ExternalProgram.Needed("promtool").RunAsync(["test", "rules", Path.Combine(Folder, "alerts_test.yaml")]);

        code.Should().Be(0, "promtool said {0} {1}", output, error);
    }

    [Fact]
    public void Each_is_tested_both_ways()
    {
        var cases = Yaml.Documents(File.ReadAllText(Path.Combine(Folder, "alerts_test.yaml"))).Single()["tests"]!.AsArray()
            .SelectMany(t => t!["alert_rule_test"]?.AsArray() ?? [])
            .Select(t => (Alert: t!["alertname"]!.ToString(), Fires: t["exp_alerts"] is { } expected && expected.AsArray().Count > 0))
            .ToLookup(t => t.Alert, t => t.Fires);

        foreach (var alert in Alerts())
            cases[alert].Should().Contain(true, "{0} must be seen to fire", alert).And.Contain(false, "{0} must be seen not to", alert);
    }

    [Fact]
    public void Each_has_a_severity_says_what_to_do_and_has_a_runbook_that_is_there()
    {
        foreach (var rule in AllRules())
        {
            var alert = rule["alert"]!.ToString();
            rule["labels"]!["severity"]!.ToString().Should().BeOneOf("critical", "warning", "info");
            rule["annotations"]!["summary"]!.ToString().Should().NotBeEmpty();
            rule["annotations"]!["description"]!.ToString().Should().NotBeEmpty();
            var runbook = rule["annotations"]!["runbook_url"]!.ToString();
            runbook.Should().Be($"docs/runbooks/{alert}.md");
            File.Exists(Path.Combine(RepositoryRoot.Folder, runbook)).Should().BeTrue("{0} is where it says", runbook);
        }
        Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Folder, "docs", "runbooks"), "Immutable*.md").Select(Path.GetFileNameWithoutExtension)
            .Should().BeEquivalentTo(Alerts(), "a runbook is of an alert");
    }

    [Fact]
    public void Each_asks_for_metrics_that_there_are() =>
        AskedFor(string.Join('\n', AllRules().Select(r => r["expr"]!.ToString()))).Should().NotBeEmpty().And.BeSubsetOf(MetricNames.All);

    [Fact]
    public void The_dashboard_asks_for_metrics_that_there_are() =>
        AskedFor(File.ReadAllText(Path.Combine(Folder, "dashboard.json"))).Should().NotBeEmpty().And.BeSubsetOf(MetricNames.All);

    [Fact]
    public void The_dashboard_shows_every_metric_that_is_of_use_there()
    {
        var shown = AskedFor(File.ReadAllText(Path.Combine(Folder, "dashboard.json"))).Concat(AskedFor(File.ReadAllText(Rules)));

        MetricNames.OfTheOperator.Except(shown.Select(MetricNames.WithoutSuffix)).Should().BeEmpty("what nobody looks at need not be measured");
    }

    private static IEnumerable<System.Text.Json.Nodes.JsonNode> AllRules() =>
        Yaml.Documents(File.ReadAllText(Rules)).Single()["groups"]!.AsArray().SelectMany(g => g!["rules"]!.AsArray()).Select(r => r!);

    private static IReadOnlyList<string> Alerts() => [.. AllRules().Select(r => r["alert"]!.ToString())];

    private static IReadOnlyList<string> AskedFor(string text) => [.. Metric().Matches(text).Select(m => m.Value).Distinct()];

    [GeneratedRegex(@"\b(immutable_recovery|process|dotnet)_[a-z_]+\b")]
    private static partial Regex Metric();
}
