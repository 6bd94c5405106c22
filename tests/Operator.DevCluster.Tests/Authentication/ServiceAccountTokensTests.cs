using System.Net;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Authentication;

public sealed class ServiceAccountTokensTests(ApiServerFixture server)
{
    private readonly ApiClient admin = server.Api;

    [Fact]
    public async Task A_token_makes_its_holder_the_service_account()
    {
        string space = await server.NamespaceAsync();
        using var robot = new ApiClient(server.Cluster.Address, ("Authorization", $"Bearer {await TokenAsync(space)}"));

        var who = (await robot.CreateAsync("/apis/authentication.k8s.io/v1/selfsubjectreviews", new JsonObject())).Ok.At("status", "userInfo") as JsonObject;

        who!.Text("username").Should().Be($"system:serviceaccount:{space}:robot");
        who!["groups"]!.ToJsonString().Should().Be($"""["system:serviceaccounts","system:serviceaccounts:{space}","system:authenticated"]""");
        (await robot.GetAsync($"/api/v1/namespaces/{space}/pods")).Code.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_token_ends_with_its_account()
    {
        string space = await server.NamespaceAsync();
        using var robot = new ApiClient(server.Cluster.Address, ("Authorization", $"Bearer {await TokenAsync(space)}"));
        (await robot.GetAsync("/version")).Code.Should().Be(HttpStatusCode.OK);

        await admin.DeleteAsync($"/api/v1/namespaces/{space}/serviceaccounts/robot");

        var answer = await robot.GetAsync("/version");
        answer.Code.Should().Be(HttpStatusCode.Unauthorized);
        answer.Message.Should().Be("Unauthorized");
    }

    [Fact]
    public async Task A_token_is_good_for_as_long_as_was_asked()
    {
        string space = await server.NamespaceAsync();
        await AccountAsync(space);

        var answer = await admin.CreateAsync($"/api/v1/namespaces/{space}/serviceaccounts/robot/token", new JsonObject { ["spec"] = new JsonObject { ["expirationSeconds"] = 60 } });

        answer.Message.Should().Be("TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes");
    }

    [Fact]
    public async Task Any_other_token_is_that_of_the_administrator()
    {
        using var somebody = new ApiClient(server.Cluster.Address, ("Authorization", "Bearer whatever"));

        (await somebody.GetAsync("/api/v1/pods")).Code.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Only_who_may_impersonate_can_be_somebody_else()
    {
        string space = await server.NamespaceAsync();
        string token = await TokenAsync(space);
        using var robot = new ApiClient(server.Cluster.Address, ("Authorization", $"Bearer {token}"), ("Impersonate-User", "admin"), ("Impersonate-Group", "system:masters"));

        (await robot.GetAsync("/api/v1/pods")).Message.Should().Be(
            $"users \"admin\" is forbidden: User \"system:serviceaccount:{space}:robot\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope");
    }

    [Fact]
    public async Task An_impersonated_service_account_has_its_groups()
    {
        using var robot = new ApiClient(server.Cluster.Address, ("Impersonate-User", "system:serviceaccount:shop:robot"));

        var who = (await robot.CreateAsync("/apis/authentication.k8s.io/v1/selfsubjectreviews", new JsonObject())).Ok;

        who.At("status", "userInfo", "groups")!.ToJsonString().Should().Be("""["system:serviceaccounts","system:serviceaccounts:shop","system:authenticated"]""");
    }

    private async Task AccountAsync(string space) =>
        _ = (await admin.CreateAsync($"/api/v1/namespaces/{space}/serviceaccounts", Objects.Of("v1", "ServiceAccount", "robot"))).Ok;

    private async Task<string> TokenAsync(string space)
    {
        await AccountAsync(space);
        return (await admin.CreateAsync($"/api/v1/namespaces/{space}/serviceaccounts/robot/token", new JsonObject())).Ok.TextAt("status", "token");
    }
}
