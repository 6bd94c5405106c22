using Operator.DevCluster.Tests.Schema;

namespace Operator.DevCluster.Tests.Commands;

/// <summary>kubectl explain, of builtin kinds and of custom ones.</summary>
public sealed class ExplainTests(ApiServerFixture server) : IDisposable
{
    private readonly Kubectl kubectl = Kubectl.For(server.Cluster);

    [Fact]
    public async Task Explain_tells_about_a_builtin_kind()
    {
        (await kubectl.OutputAsync("explain deployment")).Should().StartWith("GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n")
            .And.Contain("Keeps so many interchangeable pods").And.Contain("spec\t<DeploymentSpec>").And.Contain("metadata\t<ObjectMeta>");
        (await kubectl.OutputAsync("explain deployment.spec.template.spec.containers")).Should().StartWith("GROUP:      apps\n")
            .And.Contain("FIELD: containers <[]Container>").And.Contain("name\t<string> -required-").And.Contain("env\t<[]EnvVar>");
        (await kubectl.OutputAsync("explain pods.spec.containers.resources.limits")).Should().Contain("FIELD: limits <map[string]Quantity>").And.Contain("The most that the container may use.");
    }

    [Fact]
    public async Task Explain_says_what_it_does_not_describe() =>
        (await kubectl.OutputAsync("explain pod.spec.resourceClaims")).Should().Contain("FIELD: resourceClaims <[]PodResourceClaim>").And.Contain("name\t<string> -required-").And.Contain("Not described here.");

    [Fact]
    public async Task Explain_shows_all_fields_below_one() =>
        (await kubectl.OutputAsync("explain statefulset --recursive")).Should().Contain("  volumeClaimTemplates\t<[]PersistentVolumeClaim>")
            .And.MatchRegex(@"\n +livenessProbe\t<Probe>\n +exec\t<ExecAction>\n +command\t<\[\]string>\n");

    [Fact]
    public async Task Explain_shows_a_custom_kind_as_its_definition_describes_it()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false }, TestContext.Current.CancellationToken);
        await cluster.ApplyAsync(PolicyServer.Definitions.Single(d => d.Name.StartsWith("recoverypolicies", StringComparison.Ordinal)).ToJsonString());
        using var user = Kubectl.For(cluster);

        (await user.OutputAsync("explain recoverypolicies.spec.mode")).Should().StartWith("GROUP:      immutablerecovery.io\n")
            .And.Contain("FIELD: mode <string>\nENUM:\n    Observe\n    Contain\n    Recover\n");
        (await user.OutputAsync("explain recoverypolicies --recursive")).Should().Contain("\n  spec\t<Object> -required-\n    contain\t<Object>\n")
            .And.Contain("\n  metadata\t<ObjectMeta>\n    annotations\t<map[string]string>\n");
    }

    public void Dispose() => kubectl.Dispose();
}
