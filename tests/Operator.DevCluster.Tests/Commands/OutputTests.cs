using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Commands;

/// <summary>How kubectl shows things.</summary>
public sealed class OutputTests(ApiServerFixture server) : IDisposable
{
    private readonly ApiClient api = server.Api;
    private readonly Kubectl kubectl = Kubectl.For(server.Cluster);

    [Fact]
    public async Task Get_shows_an_object_in_every_form()
    {
        string space = await server.NamespaceAsync();
        var map = Objects.ConfigMap("settings", ("app", "cart"));
        map["data"] = new JsonObject { ["mode"] = "fast" };
        await api.CreateAsync($"/api/v1/namespaces/{space}/configmaps", map);

        (await kubectl.OutputAsync($"get cm settings -n {space} -o name")).Should().Be("configmap/settings\n");
        (await kubectl.OutputAsync($"get cm settings -n {space} -o yaml")).Should().StartWith("apiVersion: v1\ndata:\n  mode: fast\nkind: ConfigMap\nmetadata:\n  creationTimestamp:");
        JsonNode.Parse(await kubectl.OutputAsync($"get cm settings -n {space} -o json"))!["data"]!["mode"]!.ToString().Should().Be("fast");
        (await kubectl.OutputAsync($"get cm -n {space} -l app=cart -o jsonpath={{.items[*].data.mode}}")).Should().Be("fast");
    }

    [Fact]
    public async Task Get_shows_claims_and_roles_as_it_does_elsewhere()
    {
        string space = await server.NamespaceAsync();
        await server.Cluster.ApplyAsync($$"""
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data, namespace: {{space}}}
            spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: { requests: { storage: 1Gi } } }
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: reader, namespace: {{space}}}
            rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: reader, namespace: {{space}}}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
            subjects: [{kind: User, name: jan}, {kind: ServiceAccount, name: robot, namespace: {{space}}}]
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: key, namespace: {{space}}}
            stringData: {password: s3cret}
            """);

        string text = await kubectl.OutputAsync($"get pvc,role,rolebinding,secret -n {space} -o wide");

        text.Should().MatchRegex(@"NAME +STATUS +VOLUME +CAPACITY +ACCESS MODES +STORAGECLASS +VOLUMEATTRIBUTESCLASS +AGE +VOLUMEMODE\npersistentvolumeclaim/data +Pending +fast +<unset> +\d+s +Filesystem\n")
            .And.MatchRegex(@"NAME +CREATED AT\nrole.rbac.authorization.k8s.io/reader +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n")
            .And.MatchRegex($@"NAME +ROLE +AGE +USERS +GROUPS +SERVICEACCOUNTS\nrolebinding.rbac.authorization.k8s.io/reader +Role/reader +\d+s +jan +{space}/robot\n")
            .And.MatchRegex(@"NAME +TYPE +DATA +AGE\nsecret/key +Opaque +1 +\d+s\n");
    }

    [Fact]
    public async Task Diff_shows_what_would_change_and_changes_nothing()
    {
        string space = await server.NamespaceAsync();
        string path = $"/apis/apps/v1/namespaces/{space}/deployments";
        await kubectl.OutputAsync($"apply -n {space} -f -", Objects.Deployment("cart").ToJsonString());
        var before = (await api.GetAsync($"{path}/cart")).Ok;

        var (code, output, _) = await kubectl.RunAsync($"diff -n {space} -f -", Objects.Deployment("cart").ToJsonString().Replace("cart:1.4", "cart:1.5", StringComparison.Ordinal));

        code.Should().Be(1);
        output.Should().Contain("-      - image: registry.example/shop/cart:1.4\n+      - image: registry.example/shop/cart:1.5\n");
        (await api.GetAsync($"{path}/cart")).Ok.ResourceVersion.Should().Be(before.ResourceVersion);
        (await kubectl.RunAsync($"diff -n {space} -f -", Objects.Deployment("cart").ToJsonString())).Should().Be((0, "", ""));
    }

    [Fact]
    public async Task The_server_says_what_it_serves()
    {
        (await kubectl.OutputAsync("api-resources --api-group=apps --no-headers")).Should().MatchRegex(@"deployments +deploy +apps/v1 +true +Deployment\n");
        (await kubectl.OutputAsync("cluster-info")).Should().Contain($"is running at").And.Contain(server.Cluster.Address.ToString().TrimEnd('/'));
    }

    public void Dispose() => kubectl.Dispose();
}
