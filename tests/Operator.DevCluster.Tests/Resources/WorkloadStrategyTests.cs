using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Resources;

public sealed class WorkloadStrategyTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task A_deployment_is_defaulted()
    {
        var made = (await api.CreateAsync($"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments", Objects.Deployment("cart"))).Ok;

        made.TextAt("spec", "replicas").Should().Be("1");
        made.TextAt("spec", "strategy", "type").Should().Be("RollingUpdate");
        made.TextAt("spec", "strategy", "rollingUpdate", "maxSurge").Should().Be("25%");
        made.TextAt("spec", "progressDeadlineSeconds").Should().Be("600");
        made.TextAt("spec", "template", "spec", "restartPolicy").Should().Be("Always");
    }

    [Fact]
    public async Task A_selector_must_match_its_own_template()
    {
        var deployment = Objects.Deployment("cart");
        deployment["spec"]!["template"]!["metadata"]!["labels"] = new JsonObject { ["app"] = "other" };

        var answer = await api.CreateAsync($"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments", deployment);

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        answer.Message.Should().Contain("`selector` does not match template `labels`");
    }

    [Fact]
    public async Task A_selector_never_changes()
    {
        string path = $"/apis/apps/v1/namespaces/{await server.NamespaceAsync()}/deployments";
        var made = (await api.CreateAsync(path, Objects.Deployment("cart"))).Ok;

        made["spec"]!["selector"]!["matchLabels"]!["more"] = "x";
        made["spec"]!["template"]!["metadata"]!["labels"]!["more"] = "x";
        var answer = await api.UpdateAsync($"{path}/cart", made);

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity);
        answer.Message.Should().Contain("spec.selector: Invalid value").And.Contain("field is immutable");
    }
}
