using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Discovery;

public sealed class DiscoveryEndpointsTests(ApiServerFixture server)
{
    private readonly ApiClient api = server.Api;

    [Fact]
    public async Task A_group_lists_its_resources_and_their_subresources()
    {
        var list = (await api.GetAsync("/apis/apps/v1")).Ok;

        var deployments = list.Items("resources").Single(r => r.Text("name") == "deployments");
        deployments["shortNames"]!.AsArray().Select(s => s!.ToString()).Should().Equal("deploy");
        deployments["verbs"]!.AsArray().Select(v => v!.ToString()).Should().Contain(["get", "list", "watch", "patch", "deletecollection"]);
        list.Items("resources").Select(r => r.Text("name")).Should().Contain(["deployments/status", "deployments/scale"]);
    }

    [Fact]
    public async Task Core_is_no_group()
    {
        (await api.GetAsync("/api")).Ok["versions"]!.AsArray().Select(v => v!.ToString()).Should().Equal("v1");
        (await api.GetAsync("/apis")).Ok.Items("groups").Select(g => g.Text("name")).Should().Contain("apps").And.NotContain("");
        (await api.GetAsync("/version")).Ok.Text("gitVersion").Should().StartWith("v1.");
    }

    [Theory]
    [InlineData("/apis/nope.example.com/v1")]
    [InlineData("/apis/nope.example.com")]
    [InlineData("/api/v2")]
    [InlineData("/api/v1/nopes")]
    [InlineData("/somewhere/else")]
    public async Task What_is_not_served_is_not_found(string path)
    {
        var answer = await api.GetAsync(path);

        (answer.Code, answer.Message).Should().Be((HttpStatusCode.NotFound, "the server could not find the requested resource"));
    }

    [Fact]
    public async Task Openapi_says_that_a_patch_takes_field_validation()
    {
        var index = (await api.GetAsync("/openapi/v3")).Ok;
        string url = index.TextAt("paths", "apis/apps/v1", "serverRelativeURL");

        var document = (await api.GetAsync(url)).Ok;

        var patch = (JsonObject)document.At("paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "patch")!;
        patch.Items("parameters").Select(p => p.Text("name")).Should().Contain("fieldValidation");
        patch.TextAt("x-kubernetes-group-version-kind", "kind").Should().Be("Deployment");
    }

    [Fact]
    public async Task A_review_is_answered_and_never_kept()
    {
        var question = Objects.Of("authorization.k8s.io/v1", "SelfSubjectAccessReview", "q");
        question["spec"] = new JsonObject { ["resourceAttributes"] = new JsonObject { ["verb"] = "delete", ["resource"] = "nodes" } };

        var review = await api.CreateAsync("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", question);

        review.Ok.TextAt("status", "allowed").Should().Be("true", "an administrator may do everything");
        (await api.GetAsync("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")).Code.Should().Be(HttpStatusCode.MethodNotAllowed);
    }
}
