using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Rights;

/// <summary>Who may do what by roles and bindings, and in which words the others are refused.</summary>
public sealed class RbacTests(ConformanceCluster cluster)
{
    private const string Rbac = "rbac.authorization.k8s.io";

    [Fact]
    public async Task Who_has_no_role_is_refused_by_verb_resource_and_scope()
    {
        await using var space = await cluster.NamespaceAsync();
        using var ann = cluster.As("ann");

        var (list, named, log, path) = (await ann.GetAsync("/api/v1/pods"), await ann.GetAsync($"{space.Deployments}/cart"), await ann.GetAsync($"{space.Pods}/cart/log"), await ann.GetAsync("/metrics"));

        list.Json.ToJsonString().Should().Be(
            """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods is forbidden: User \u0022ann\u0022 cannot list resource \u0022pods\u0022 in API group \u0022\u0022 at the cluster scope","reason":"Forbidden","details":{"kind":"pods"},"code":403}""");
        named.Message.Should().Be($"deployments.apps \"cart\" is forbidden: User \"ann\" cannot get resource \"deployments\" in API group \"apps\" in the namespace \"{space.Name}\"");
        named.Json["details"]!.ToJsonString().Should().Be("""{"name":"cart","group":"apps","kind":"deployments"}""");
        log.Message.Should().Be($"pods \"cart\" is forbidden: User \"ann\" cannot get resource \"pods/log\" in API group \"\" in the namespace \"{space.Name}\"");
        path.Message.Should().Be("forbidden: User \"ann\" cannot get path \"/metrics\"");
    }

    [Fact]
    public async Task A_role_reaches_what_it_names_in_its_namespace()
    {
        await using var space = await cluster.NamespaceAsync();
        await GrantAsync(space, "bea", """{"verbs": ["list", "get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["mine"]}""");
        using var bea = cluster.As("bea");

        await AllowedAsync(() => bea.GetAsync($"{space.ConfigMaps}?fieldSelector=metadata.name%3Dmine"));

        (await bea.GetAsync($"{space.ConfigMaps}/mine")).Code.Should().Be(HttpStatusCode.NotFound, "it may ask, and there is none");
        (await bea.GetAsync(space.ConfigMaps)).Code.Should().Be(HttpStatusCode.Forbidden);
        (await bea.GetAsync($"{space.ConfigMaps}?fieldSelector=metadata.name%3Dother")).Code.Should().Be(HttpStatusCode.Forbidden);
        (await bea.GetAsync("/api/v1/configmaps?fieldSelector=metadata.name%3Dmine")).Code.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_patch_that_creates_needs_the_right_to_create()
    {
        await using var space = await cluster.NamespaceAsync();
        await GrantAsync(space, "cal", """{"verbs": ["patch", "list"], "apiGroups": [""], "resources": ["configmaps"]}""");
        using var cal = cluster.As("cal");
        await AllowedAsync(() => cal.GetAsync(space.ConfigMaps));

        var answer = await cal.ApplyAsync($"{space.ConfigMaps}/m?fieldManager=cal", Objects.ConfigMap("m"));

        answer.Message.Should().Be($"configmaps \"m\" is forbidden: User \"cal\" cannot create resource \"configmaps\" in API group \"\" in the namespace \"{space.Name}\"");
    }

    [Fact]
    public async Task A_binding_of_a_role_that_is_not_there_shows_in_the_refusal()
    {
        await using var space = await cluster.NamespaceAsync();
        await BindAsync(space, "missing", "dan");
        using var dan = cluster.As("dan");

        await Waiting.UntilAsync(
            async () => (await dan.GetAsync(space.Pods)).Message.EndsWith($"in the namespace \"{space.Name}\": RBAC: role.{Rbac} \"missing\" not found", StringComparison.Ordinal),
            "the binding is seen");
    }

    [Fact]
    public async Task A_review_says_what_would_be_allowed_and_by_what()
    {
        await using var space = await cluster.NamespaceAsync();
        await GrantAsync(space, "eve", """{"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]}""");
        using var eve = cluster.As("eve");
        await AllowedAsync(() => eve.GetAsync(space.ConfigMaps));

        var may = await AskAsync(eve, space, "list", "configmaps");
        var mayNot = await AskAsync(eve, space, "delete", "configmaps");

        may["status"]!.ToJsonString().Should().Be(
            $$$"""{"allowed":true,"reason":"RBAC: allowed by RoleBinding \u0022granted/{{{space.Name}}}\u0022 of Role \u0022granted\u0022 to User \u0022eve\u0022"}""");
        mayNot["status"]!.ToJsonString().Should().Be("""{"allowed":false}""");
    }

    [Fact]
    public async Task A_token_makes_its_holder_the_service_account()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreateAsync($"{space.Itself}/serviceaccounts", Objects.Of("v1", "ServiceAccount", "robot"));
        var request = await space.CreateAsync($"{space.Itself}/serviceaccounts/robot/token", Objects.Of("authentication.k8s.io/v1", "TokenRequest", ""));
        using var robot = cluster.With(request.TextAt("status", "token"));

        var who = (await robot.CreateAsync("/apis/authentication.k8s.io/v1/selfsubjectreviews", Objects.Of("authentication.k8s.io/v1", "SelfSubjectReview", ""))).Ok;

        who.TextAt("status", "userInfo", "username").Should().Be($"system:serviceaccount:{space.Name}:robot");
        who.At("status", "userInfo", "groups")!.ToJsonString().Should().Be($"""["system:serviceaccounts","system:serviceaccounts:{space.Name}","system:authenticated"]""");
        (await robot.GetAsync(space.Pods)).Message.Should().StartWith($"pods is forbidden: User \"system:serviceaccount:{space.Name}:robot\" cannot list");
    }

    private static async Task<JsonObject> AskAsync(ApiClient who, TestNamespace space, string verb, string resource)
    {
        var review = Objects.Of("authorization.k8s.io/v1", "SelfSubjectAccessReview", "");
        review["spec"] = new JsonObject { ["resourceAttributes"] = new JsonObject { ["verb"] = verb, ["resource"] = resource, ["namespace"] = space.Name } };
        return (await who.CreateAsync("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)).Ok;
    }

    private static async Task GrantAsync(TestNamespace space, string user, string rule)
    {
        var role = Objects.Of($"{Rbac}/v1", "Role", "granted");
        role["rules"] = new JsonArray(JsonNode.Parse(rule));
        await space.CreateAsync($"/apis/{Rbac}/v1/namespaces/{space.Name}/roles", role);
        await BindAsync(space, "granted", user);
    }

    private static Task BindAsync(TestNamespace space, string role, string user)
    {
        var binding = Objects.Of($"{Rbac}/v1", "RoleBinding", role);
        binding["roleRef"] = new JsonObject { ["apiGroup"] = Rbac, ["kind"] = "Role", ["name"] = role };
        binding["subjects"] = new JsonArray(new JsonObject { ["kind"] = "User", ["name"] = user });
        return space.CreateAsync($"/apis/{Rbac}/v1/namespaces/{space.Name}/rolebindings", binding);
    }

    /// <summary>An authorizer sees roles and bindings through a cache.</summary>
    private static Task AllowedAsync(Func<Task<Answer>> ask) => Waiting.UntilAsync(async () => (await ask()).Code == HttpStatusCode.OK, "the right is in effect");
}
