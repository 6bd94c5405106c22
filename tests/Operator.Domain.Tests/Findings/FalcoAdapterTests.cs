using System.Text;
using Operator.Domain.Findings;

namespace Operator.Domain.Tests.Findings;

public sealed class FalcoAdapterTests
{
    private const string Full = """
        {"uuid":"1","output":"shell","priority":"Critical","rule":"Terminal shell in container","source":"syscall","tags":["shell","mitre_execution"],
         "time":"2026-03-01T12:00:00.123456789Z","hostname":"falco-xczjd",
         "output_fields":{"container.id":"5892b41bcf46","container.full_id":"5892b41bcf46aa","container.name":"k8s_app","container.image.repository":"docker.io/shop/web","container.image.tag":"v1",
           "container.image.digest":"sha256:abc","k8s.ns.name":"shop","k8s.pod.name":"web-1","k8s.pod.uid":"u-1","k8s.node.name":"node-1","proc.tty":34816,"user.name":"root","proc.pname":null}}
        """;

    [Fact]
    public void Everything_that_Falco_says_of_a_pod_is_read()
    {
        var finding = One(Full);
        finding.Should().BeEquivalentTo(new
        {
            Rule = "Terminal shell in container",
            Severity = Severity.Critical,
            SeverityFrom = "Falco priority Critical",
            Message = "shell",
            Tags = new[] { "shell", "mitre_execution" },
            Target = new FindingTarget
            {
                Namespace = "shop",
                Pod = "web-1",
                PodUid = "u-1",
                ContainerId = "5892b41bcf46aa",
                Node = "node-1",
                Image = "docker.io/shop/web:v1",
                ImageDigest = "sha256:abc",
            },
        });
        finding.Target.Container.Should().BeNull("k8s_app is no container's name");
        finding.Fields.Should().Contain("proc.tty", "34816").And.NotContainKey("proc.pname");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\\u0041")]
    [InlineData("\\ud83d\\ude00")]
    [InlineData("é")]
    public void Of_a_text_that_is_as_long_as_an_alert_the_beginning_is_read(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 40_000));

        var finding = One($$"""{"rule":"r","output":"{{text}}","output_fields":{"proc.cmdline":"{{text}}"} }""");

        var decoded = System.Text.Json.JsonDocument.Parse($"\"{unit}\"").RootElement.GetString()!;
        finding.Message.Should().Be(string.Concat(Enumerable.Repeat(decoded, 1024 / decoded.Length)));
        finding.Fields["proc.cmdline"].Should().Be(string.Concat(Enumerable.Repeat(decoded, 512 / decoded.Length)));
    }

    [Theory]
    [InlineData("Debug", Severity.Informational)]
    [InlineData("Informational", Severity.Informational)]
    [InlineData("Info", Severity.Informational)]
    [InlineData("Notice", Severity.Low)]
    [InlineData("Warning", Severity.Medium)]
    [InlineData("Error", Severity.High)]
    [InlineData("Critical", Severity.Critical)]
    [InlineData("Alert", Severity.Critical)]
    [InlineData("Emergency", Severity.Critical)]
    [InlineData(" EMERGENCY ", Severity.Critical)]
    public void Every_priority_has_its_severity(string priority, Severity severity) =>
        One($$"""{"rule":"r","priority":"{{priority}}"}""").Severity.Should().Be(severity);

    [Theory]
    [InlineData("""{"rule":"r"}""", "no priority was given")]
    [InlineData("""{"rule":"r","priority":null}""", "no priority was given")]
    [InlineData("""{"rule":"r","priority":5}""", "no priority was given")]
    [InlineData("""{"rule":"r","priority":"Apocalyptic"}""", "unknown priority Apocalyptic")]
    public void A_priority_that_is_missing_or_unknown_is_never_the_highest(string alert, string from) =>
        One(alert).Should().BeEquivalentTo(new { Severity = Severity.Medium, SeverityFrom = from });

    [Theory]
    [InlineData("""{"Rule":"r"}""")]
    [InlineData("""{"RULE":"r","output_fields":null,"tags":null,"output":null}""")]
    [InlineData("""{"rule":"r","output_fields":[],"tags":"x","output":{},"time":[],"priority":{}}""")]
    [InlineData("""{"rule":"r","output_fields":{"k8s.pod.name":{"a":1},"k8s.ns.name":7,"container.id":[],"k8s.pod.uid":true}}""")]
    [InlineData("""{"rule":"r","tags":[1,null,{},"",["x"]]}""")]
    [InlineData("""{"rule":"r",}""")]
    [InlineData("""{"rule":"r","\ud800x":1,"output_fields":{"\ud800k8s.pod.name":"web-1"}}""")]
    [InlineData("\uFEFF{\"rule\":\"r\"}")]
    [InlineData(" \r\n\t{\"rule\":\"r\"}\r\n")]
    [InlineData("""{"rule":"x","rule":"r"}""")]
    public void What_is_of_another_type_is_left_out(string alert)
    {
        var finding = One(alert);
        finding.Rule.Should().Be("r");
        finding.Target.Should().Be(new FindingTarget());
        finding.Tags.Should().BeEmpty();
    }

    [Theory]
    [InlineData("", "the body is empty")]
    [InlineData(" \n ", "the body is empty")]
    [InlineData("{}", "no Falco alert: it has no \"rule\"")]
    [InlineData("""{"rule":""}""", "no Falco alert*")]
    [InlineData("""{"rule":"\u0007"}""", "no Falco alert*")]
    [InlineData("""{"rule":7}""", "no Falco alert*")]
    [InlineData("""{"rule":null}""", "no Falco alert*")]
    [InlineData("7", "an alert is a JSON object, not Number")]
    [InlineData("[]", "an array of 1 to 1000 alerts*")]
    [InlineData("""[{"rule":"r"},5]""", "alert 2: an alert is a JSON object*")]
    [InlineData("16:31:56.746609046: Error File below a known binary directory", "not JSON:*")]
    [InlineData("{\"rule\":\"r\"", "not JSON:*")]
    [InlineData("{\"rule\":\"r\"}\n{\"rule\":", "not JSON:*")]
    [InlineData("{\"rule\":\"r\"}\n[{\"rule\":\"r\"}]", "an alert is a JSON object*")]
    public void What_is_no_alert_is_refused_with_a_reason(string body, string error) =>
        Parse(body).Should().BeOfType<ParseResult.Refused>().Which.Error.Should().Match(error);

    [Fact]
    public void Several_alerts_come_as_an_array_or_on_lines()
    {
        All("""[{"rule":"a"},{"rule":"b"},]""").Select(f => f.Rule).Should().Equal("a", "b");
        All("{\"rule\":\"a\"}\r\n\n{\"rule\":\"b\"}\n").Select(f => f.Rule).Should().Equal("a", "b");
        Parse("{\"rule\":\"a\"}\n\n{\"rool\":\"b\"}").Should().BeOfType<ParseResult.Refused>().Which.Line.Should().Be(3);
        Parse("{\n\"rule\": \"a\",\n!\n}").Should().BeOfType<ParseResult.Refused>().Which.Line.Should().Be(3, "the whole document's complaint says where");
    }

    [Fact]
    public void More_than_the_most_is_refused()
    {
        var many = Enumerable.Repeat("""{"rule":"r"}""", FalcoAdapter.MostFindings).ToList();
        All($"[{string.Join(',', many)}]").Should().HaveCount(FalcoAdapter.MostFindings);
        All(string.Join('\n', many)).Should().HaveCount(FalcoAdapter.MostFindings);
        many.Add("""{"rule":"r"}""");
        Parse($"[{string.Join(',', many)}]").Should().BeOfType<ParseResult.Refused>();
        Parse(string.Join('\n', many)).Should().BeOfType<ParseResult.Refused>();
    }

    [Theory]
    [InlineData("\\u001b[2J", "[2J")]
    [InlineData("\\u202egnp", "gnp")]
    [InlineData("a\\ud83db", null)]
    [InlineData("a\\nINFO forged line", "a INFO forged line")]
    [InlineData("\\u0000x", "x")]
    public void No_text_steers_a_terminal_or_a_log(string written, string? clean)
    {
        var alert = $$$"""{"rule":"r{{{written}}}","output":"{{{written}}}","tags":["{{{written}}}"],"priority":"{{{written}}}","output_fields":{"proc.cmdline":"{{{written}}}","{{{written}}}":"v","k8s.pod.uid":"{{{written}}}"}}""";
        if (clean is null)
        {
            Parse(alert).Should().BeOfType<ParseResult.Refused>("half a character is no text, and a rule without text is none");
            return;
        }
        var finding = One(alert);
        finding.Rule.Should().Be("r" + clean);
        finding.Message.Should().Be(clean);
        finding.Tags.Should().Equal(clean);
        finding.SeverityFrom.Should().Be($"unknown priority {clean}");
        finding.Target.PodUid.Should().Be(clean);
        finding.Fields.Should().Contain("proc.cmdline", clean).And.Contain(clean, "v");
    }

    [Theory]
    [InlineData("k8s.pod.name", "../../etc")]
    [InlineData("k8s.pod.name", "web,app=evil")]
    [InlineData("k8s.pod.name", "$(reboot)")]
    [InlineData("k8s.ns.name", "kube-system/../x")]
    [InlineData("k8s.ns.name", "<NA>")]
    [InlineData("k8s.pod.name", "")]
    public void A_target_that_is_no_name_is_no_target(string field, string value) =>
        One($$$"""{"rule":"r","output_fields":{"{{{field}}}":"{{{value}}}"}}""").Target.Should().Be(new FindingTarget());

    [Fact]
    public void Bytes_that_are_no_UTF8_cost_only_themselves()
    {
        byte[] alert = [.. "{\"rule\":\"caf"u8, 0xE9, .. " rule\",\"output\":\"bin"u8, 0xFF, .. "z \\u0041\",\"output_fields\":{\"proc.cmdline\":\"cat caf"u8, 0xE9, .. "\"}}"u8];
        var finding = ((ParseResult.Parsed)FalcoAdapter.Parse(alert)).Findings.Single();
        (finding.Rule, finding.Message, finding.Fields["proc.cmdline"]).Should().Be(("caf\uFFFD rule", "bin\uFFFDz A", "cat caf\uFFFD"));
    }

    [Theory]
    [InlineData("N/A")]
    [InlineData("n/a")]
    [InlineData("null")]
    [InlineData("<nil>")]
    [InlineData(" <NA> ")]
    public void What_a_sender_writes_for_unknown_is_no_value(string unknown) =>
        One($$$"""{"rule":"r","output_fields":{"k8s.pod.uid":"{{{unknown}}}","container.id":"{{{unknown}}}","k8s.ns.name":"shop","k8s.pod.name":"web-1"}}""").Target
            .Should().Be(new FindingTarget { Namespace = "shop", Pod = "web-1" });

    [Theory]
    [InlineData("""{"k8smeta.pod.name":"web-1","k8smeta.ns.name":"shop","k8smeta.pod.uid":"u-1","k8s.pod.name":null}""")]
    [InlineData("""{"k8s.pod.name":"web-1","k8s.ns.name":"shop","k8s.pod.id":"u-1"}""")]
    public void Other_fields_of_Falco_that_name_a_pod_are_read(string fields) =>
        One($$$"""{"rule":"r","output_fields":{{{fields}}}}""").Target.Should().Be(new FindingTarget { Namespace = "shop", Pod = "web-1", PodUid = "u-1" });

    [Fact]
    public void Sizes_are_clipped()
    {
        var huge = new string('x', 5000);
        var fields = string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"f{i}\":\"{huge}\""));
        var tags = string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"t{i}{huge}\""));
        var finding = One($$$"""{"rule":"{{{huge}}}","output":"{{{huge}}}","priority":"{{{huge}}}","tags":[{{{tags}}}],"output_fields":{{{{fields}}},"k8s.pod.uid":"{{{huge}}}","container.id":"{{{huge}}}"}}""");
        finding.Rule.Should().HaveLength(256);
        finding.Message.Should().HaveLength(1024);
        finding.SeverityFrom.Length.Should().BeLessThan(64);
        finding.Tags.Should().HaveCount(64).And.OnlyContain(t => t.Length == 128);
        finding.Fields.Should().HaveCount(48).And.OnlyContain(f => f.Value.Length == 512);
        finding.Target.PodUid.Should().HaveLength(64);
        finding.Target.ContainerId.Should().HaveLength(128);
    }

    [Theory]
    [InlineData("""{"rule":"r","output_fields":{"n":1e999999,"i":123456789012345678901234567890}}""")]
    [InlineData("""{"rule":"r","output_fields":{"n":-0,"i":0.00000000000000000000000000000000000001}}""")]
    public void Numbers_of_any_size_are_kept_as_they_were_written(string alert) => One(alert).Fields.Should().HaveCount(2);

    [Fact]
    public void Depth_without_end_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000);
        Parse($$$"""{"rule":"r","output_fields":{{{deep}}}}""").Should().BeOfType<ParseResult.Refused>();
        Parse(new string('[', 1_000_000)).Should().BeOfType<ParseResult.Refused>();
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\n")]
    [InlineData("{\"rule\":\"r\"}\n")]
    [InlineData("{\"rool\":\"r\"}\n")]
    public void Ten_megabytes_of_anything_are_answered(string part)
    {
        var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(part, 10_000_000 / part.Length)));
        FalcoAdapter.Parse(body).Should().BeOfType<ParseResult.Refused>();
    }

    [Fact]
    public void Ten_megabytes_of_one_field_are_an_excerpt() =>
        One($$$"""{"rule":"r","output":"{{{new string('x', 10_000_000)}}}","output_fields":{"k8s.pod.name":"web-1"}}""").Message.Should().HaveLength(1024);

    [Theory]
    [InlineData("Falco internal: syscall event drop")]
    [InlineData("Falco internal: metrics snapshot")]
    public void Falcos_own_events_are_findings_about_no_pod(string rule)
    {
        var finding = One($$$"""{"rule":"{{{rule}}}","priority":"Debug","hostname":"host","output_fields":{"evt.hostname":"node-1","n_drops":"815508"}}""");
        TargetResolver.Resolve(new TargetHints { Namespace = finding.Target.Namespace, Pod = finding.Target.Pod, At = DateTimeOffset.UnixEpoch }, [])
            .Should().BeOfType<TargetResolution.Unresolved>().Which.Should().BeEquivalentTo(new { Reason = "NoPodNamed", MayAppear = false });
    }

    [Fact]
    public void An_audit_event_about_a_pod_names_it_and_one_about_anything_else_does_not()
    {
        const string audit = """{"rule":"r","source":"k8s_audit","output_fields":{"ka.target.resource":"RESOURCE","ka.target.namespace":"shop","ka.target.name":"web-1"}}""";
        One(audit.Replace("RESOURCE", "pods", StringComparison.Ordinal)).Target.Should().Be(new FindingTarget { Namespace = "shop", Pod = "web-1" });
        One(audit.Replace("RESOURCE", "serviceaccounts", StringComparison.Ordinal)).Target.Should().Be(new FindingTarget());
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_no_exception()
    {
        byte[] body = [.. "{\"rule\":\"r\",\"output\":\""u8, 0xff, 0xfe, 0xc0, .. "\",\"output_fields\":{\"k"u8, 0xff, .. "\":\"v\"}}"u8];
        var parse = () => FalcoAdapter.Parse(body);
        parse.Should().NotThrow();
    }

    /// <summary>Valid documents, damaged at random from a fixed seed: whatever comes, it is an answer and never an exception.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damaged_documents_never_throw(int seed)
    {
        var random = new Random(seed);
        var pieces = new[] { "\\ud800", "\"", "{", "}", "[", "]", ",", ":", "null", "\\u0000", "\n", "1e999", "\uFEFF", "\\", "\u202e", "Rule", "\"rule\":7,", "-" }.Select(Encoding.UTF8.GetBytes).ToArray();
        for (var round = 0; round < 2000; round++)
        {
            var body = Encoding.UTF8.GetBytes(random.Next(4) == 0 ? $"[{Full},{Full}]" : Full).ToList();
            for (var damage = random.Next(1, 8); damage > 0; damage--)
            {
                var at = random.Next(body.Count);
                switch (random.Next(4))
                {
                    case 0: body[at] = (byte)random.Next(256); break;
                    case 1: body.RemoveRange(at, Math.Min(random.Next(1, 20), body.Count - at)); break;
                    case 2: body.InsertRange(at, pieces[random.Next(pieces.Length)]); break;
                    default: body.InsertRange(at, body.GetRange(at, Math.Min(random.Next(1, 60), body.Count - at))); break;
                }
                if (body.Count == 0)
                    body.Add((byte)'{');
            }
            Answered([.. body], seed, round);
        }
    }

    private static void Answered(byte[] body, int seed, int round)
    {
        try
        {
            if (FalcoAdapter.Parse(body) is ParseResult.Parsed parsed)
                parsed.Findings.Should().NotBeEmpty().And.OnlyContain(f => f.Rule.Length > 0 && f.Rule.Length <= 256 && !f.Rule.Any(char.IsControl) && !f.Message.Any(char.IsControl));
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException($"seed {seed}, round {round}: {Convert.ToBase64String(body)}", failure);
        }
    }

    private static ParseResult Parse(string body) => FalcoAdapter.Parse(Encoding.UTF8.GetBytes(body));

    private static IReadOnlyList<Finding> All(string body) => Parse(body).Should().BeOfType<ParseResult.Parsed>().Which.Findings;

    private static Finding One(string body) => All(body).Should().ContainSingle().Which;
}
