using k8s.Models;

namespace Operator.Tests.Recoveries;

/// <summary>What people see of recoveries with nothing but kubectl.</summary>
public sealed class KubectlTests : ShopTest
{
    [Fact]
    public async Task It_shows_at_a_glance_what_happened_and_what_waits()
    {
        using var kubectl = Kubectl.For(Cluster.Api);
        await Cluster.PolicyAsync(Shop);
        await StartOperatorAsync();
        var pods = await DeployTrustedAsync();
        var bare = await BarePodAsync("debugger");
        var finding = await Cluster.FindAsync(pods[0]);
        await Cluster.FindAsync(bare);

        var ended = (await Cluster.EndedAsync(pods[0])).Name();
        var blocked = (await Cluster.BlockedAsync(bare, "NoController")).Name();
        await kubectl.OutputAsync($"wait --for=condition=Ready rec/{ended} -n {Shop} --timeout=30s");
        await kubectl.OutputAsync($"wait --for=condition=Stalled rec/{blocked} -n {Shop} --timeout=30s");

        var glance = await SeenAsync(kubectl, "get rp,crp,fsrc,sf,rec,ti,irl -A");
        Line(glance, $"recovery.immutablerecovery.io/{ended}").Should().Contain("Succeeded").And.Contain(pods[0].Name());
        Line(glance, $"recovery.immutablerecovery.io/{blocked}").Should().Contain("Blocked").And.Contain("NoController").And.Contain("debugger");
        Line(glance, $"/{finding} ").Should().Contain(ended);
        Line(glance, "/intrusion").Should().Contain("Recover");
        await SeenAsync(kubectl, $"get rec -n {Shop} -o wide");
        await SeenAsync(kubectl, $"describe rec -n {Shop} {blocked}");
        var story = await SeenAsync(kubectl, $"describe rec -n {Shop} {ended}");
        string[] chapters = ["Contained", "Replaced", "Succeeded"];
        var events = story[story.IndexOf("Events:", StringComparison.Ordinal)..];
        chapters.Select(c => events.IndexOf($"  {c} ", StringComparison.Ordinal)).Should().BeInAscendingOrder().And.NotContain(-1);
        var transitions = await kubectl.OutputAsync($"get rec -n {Shop} {ended} -o jsonpath={{.status.conditions[*].lastTransitionTime}}");
        transitions.Split(' ').Should().AllSatisfy(t => t.Should().MatchRegex(@"^[0-9T:-]{19}Z$", "meta/v1's Time has whole seconds, in UTC"));
    }

    private static string Line(string output, string of) => output.Split('\n').First(l => l.Contains(of, StringComparison.Ordinal));

    private static async Task<string> SeenAsync(Kubectl kubectl, string arguments)
    {
        var output = await kubectl.OutputAsync(arguments);
        TestContext.Current.TestOutputHelper?.WriteLine($"kubectl {arguments}\n{output}");
        return output;
    }
}
