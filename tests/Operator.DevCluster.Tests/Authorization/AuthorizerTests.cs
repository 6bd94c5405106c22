using System.Net;
using System.Net.Http;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Authorization;

public sealed class AuthorizerTests(ApiServerFixture server)
{
    private readonly ApiClient admin = server.Api;

    [Fact]
    public async Task Who_has_no_role_is_refused_in_the_words_of_a_kube_apiserver()
    {
        using var ann = As("ann");

        var everywhere = await ann.GetAsync("/api/v1/pods");
        var one = await ann.GetAsync("/apis/apps/v1/namespaces/default/deployments/cart");
        var log = await ann.GetAsync("/api/v1/namespaces/default/pods/cart/log");
        var path = await ann.GetAsync("/metrics");

        everywhere.Code.Should().Be(HttpStatusCode.Forbidden);
        everywhere.Reason.Should().Be("Forbidden");
        everywhere.Message.Should().Be("pods is forbidden: User \"ann\" cannot list resource \"pods\" in API group \"\" at the cluster scope");
        everywhere.Json["details"]!.ToJsonString().Should().Be("""{"kind":"pods"}""");
        one.Message.Should().Be("deployments.apps \"cart\" is forbidden: User \"ann\" cannot get resource \"deployments\" in API group \"apps\" in the namespace \"default\"");
        log.Message.Should().Be("pods \"cart\" is forbidden: User \"ann\" cannot get resource \"pods/log\" in API group \"\" in the namespace \"default\"");
        path.Message.Should().Be("forbidden: User \"ann\" cannot get path \"/metrics\"");
    }

    [Fact]
    public async Task Everybody_may_discover_and_ask_about_themselves()
    {
        using var ann = As("ann");

        foreach (string path in (string[])["/healthz", "/version", "/api", "/apis", "/apis/apps/v1", "/openapi/v3"])
            (await ann.GetAsync(path)).Code.Should().Be(HttpStatusCode.OK, path);
    }

    [Fact]
    public async Task A_role_reaches_its_namespace_and_a_cluster_role_bound_everywhere_reaches_all()
    {
        string space = await server.NamespaceAsync();
        await RoleAsync(space, "reader", """{"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]}""", User("bea"));
        await ClusterRoleAsync($"reader-{space}", """{"verbs": ["list"], "apiGroups": [""], "resources": ["services"]}""", Group($"readers-{space}"));
        using var bea = As("bea");
        using var member = As("carl", $"readers-{space}");

        (await bea.GetAsync($"/api/v1/namespaces/{space}/configmaps")).Code.Should().Be(HttpStatusCode.OK);
        (await bea.GetAsync("/api/v1/namespaces/default/configmaps")).Code.Should().Be(HttpStatusCode.Forbidden);
        (await bea.GetAsync("/api/v1/configmaps")).Code.Should().Be(HttpStatusCode.Forbidden);
        (await member.GetAsync("/api/v1/services")).Code.Should().Be(HttpStatusCode.OK);
        (await member.GetAsync($"/api/v1/namespaces/{space}/services")).Code.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_cluster_role_bound_in_a_namespace_reaches_only_there()
    {
        string space = await server.NamespaceAsync();
        await ClusterRoleAsync($"c-{space}", """{"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]}""");
        await BindAsync($"namespaces/{space}/rolebindings", "RoleBinding", "ClusterRole", $"c-{space}", User("dan"));
        using var dan = As("dan");

        (await dan.GetAsync($"/api/v1/namespaces/{space}/configmaps")).Code.Should().Be(HttpStatusCode.OK);
        (await dan.GetAsync("/api/v1/configmaps")).Code.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Rights_end_with_their_binding()
    {
        string space = await server.NamespaceAsync();
        await RoleAsync(space, "reader", """{"verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]}""", User("eve"));
        using var eve = As("eve");
        (await eve.GetAsync($"/api/v1/namespaces/{space}/configmaps")).Code.Should().Be(HttpStatusCode.OK);

        await admin.DeleteAsync($"/apis/rbac.authorization.k8s.io/v1/namespaces/{space}/rolebindings/reader");

        (await eve.GetAsync($"/api/v1/namespaces/{space}/configmaps")).Code.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Who_lists_one_object_by_its_name_may_be_allowed_that_name_alone()
    {
        string space = await server.NamespaceAsync();
        await RoleAsync(space, "one", """{"verbs": ["list", "get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["mine"]}""", User("fay"));
        using var fay = As("fay");

        (await fay.GetAsync($"/api/v1/namespaces/{space}/configmaps?fieldSelector=metadata.name%3Dmine")).Code.Should().Be(HttpStatusCode.OK);
        (await fay.GetAsync($"/api/v1/namespaces/{space}/configmaps?fieldSelector=metadata.name%3Dother")).Code.Should().Be(HttpStatusCode.Forbidden);
        (await fay.GetAsync($"/api/v1/namespaces/{space}/configmaps")).Code.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_binding_to_a_role_that_is_not_there_says_so()
    {
        string space = await server.NamespaceAsync();
        await BindAsync($"namespaces/{space}/rolebindings", "RoleBinding", "Role", "missing", User("gus"));
        using var gus = As("gus");

        (await gus.GetAsync($"/api/v1/namespaces/{space}/pods")).Message.Should().EndWith(
            $"in the namespace \"{space}\": RBAC: role.rbac.authorization.k8s.io \"missing\" not found");
    }

    [Fact]
    public async Task A_patch_that_creates_needs_the_right_to_create()
    {
        string space = await server.NamespaceAsync();
        await RoleAsync(space, "patcher", """{"verbs": ["patch"], "apiGroups": [""], "resources": ["configmaps"]}""", User("hal"));
        using var hal = As("hal");

        var answer = await hal.SendAsync(
            HttpMethod.Patch, $"/api/v1/namespaces/{space}/configmaps/m?fieldManager=hal", Objects.ConfigMap("m"), "application/apply-patch+yaml");

        answer.Message.Should().Be($"configmaps \"m\" is forbidden: User \"hal\" cannot create resource \"configmaps\" in API group \"\" in the namespace \"{space}\"");
    }

    [Fact]
    public async Task Only_masters_write_roles_for_no_rights_are_compared()
    {
        string space = await server.NamespaceAsync();
        await RoleAsync(space, "roles", """{"verbs": ["*"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"]}""", User("ida"));
        using var ida = As("ida");
        var role = Objects.Of("rbac.authorization.k8s.io/v1", "Role", "more");
        role["rules"] = new JsonArray();

        (await ida.CreateAsync($"/apis/rbac.authorization.k8s.io/v1/namespaces/{space}/roles", role)).Message.Should().Contain("only system:masters may write roles");
    }

    [Theory]
    [InlineData("clusterroles", "ClusterRole", """{"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}""", "aggregationRule: Forbidden: this server aggregates no roles")]
    [InlineData("clusterroles", "ClusterRole", """{"rules": [{"apiGroups": [""], "resources": ["pods"]}]}""", "rules[0].verbs: Required value: verbs must contain at least one value")]
    [InlineData("clusterroles", "ClusterRole", """{"rules": [{"verbs": ["get"], "resources": ["pods"]}]}""", "rules[0].apiGroups: Required value: resource rules must supply at least one api group")]
    [InlineData("clusterrolebindings", "ClusterRoleBinding", """{"roleRef": {"kind": "Role", "name": "r"}}""", "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"")]
    [InlineData("clusterrolebindings", "ClusterRoleBinding", """{"roleRef": {"kind": "ClusterRole", "name": "r"}, "subjects": [{"kind": "ServiceAccount", "name": "a"}]}""", "subjects[0].namespace: Required value")]
    public async Task A_role_that_makes_no_sense_is_refused(string plural, string kind, string content, string why)
    {
        var json = (JsonObject)JsonNode.Parse(content)!;
        json["metadata"] = new JsonObject { ["name"] = "x" };

        var answer = await admin.CreateAsync($"/apis/rbac.authorization.k8s.io/v1/{plural}", json);

        answer.Message.Should().Be($"{kind}.rbac.authorization.k8s.io \"x\" is invalid: {why}");
    }

    private static JsonObject User(string name) => new() { ["kind"] = "User", ["name"] = name };

    private static JsonObject Group(string name) => new() { ["kind"] = "Group", ["name"] = name };

    private ApiClient As(string user, params string[] groups) =>
        new(server.Cluster.Address, [("Impersonate-User", user), .. groups.Select(g => ("Impersonate-Group", g))]);

    private async Task RoleAsync(string space, string name, string rule, JsonObject subject)
    {
        await CreateAsync($"namespaces/{space}/roles", "Role", name, "rules", rule);
        await BindAsync($"namespaces/{space}/rolebindings", "RoleBinding", "Role", name, subject);
    }

    private async Task ClusterRoleAsync(string name, string rule, JsonObject? subject = null)
    {
        await CreateAsync("clusterroles", "ClusterRole", name, "rules", rule);
        if (subject is not null)
            await BindAsync("clusterrolebindings", "ClusterRoleBinding", "ClusterRole", name, subject);
    }

    private async Task BindAsync(string collection, string kind, string roleKind, string role, JsonObject subject)
    {
        var binding = Objects.Of("rbac.authorization.k8s.io/v1", kind, role);
        binding["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = roleKind, ["name"] = role };
        binding["subjects"] = new JsonArray(subject);
        _ = (await admin.CreateAsync($"/apis/rbac.authorization.k8s.io/v1/{collection}", binding)).Ok;
    }

    private async Task CreateAsync(string collection, string kind, string name, string list, string item)
    {
        var json = Objects.Of("rbac.authorization.k8s.io/v1", kind, name);
        json[list] = new JsonArray(JsonNode.Parse(item));
        _ = (await admin.CreateAsync($"/apis/rbac.authorization.k8s.io/v1/{collection}", json)).Ok;
    }
}
