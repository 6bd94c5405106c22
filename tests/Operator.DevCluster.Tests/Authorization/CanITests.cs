namespace Operator.DevCluster.Tests.Authorization;

/// <summary>What kubectl asks before and about rights.</summary>
public sealed class CanITests(ApiServerFixture server) : IDisposable
{
    private readonly Kubectl kubectl = Kubectl.For(server.Cluster);

    [Fact]
    public async Task Kubectl_can_i_answers_truly()
    {
        string space = await server.NamespaceAsync();
        await server.Cluster.ApplyAsync($$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: reader, namespace: {{space}}}
            rules: [{apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: reader, namespace: {{space}}}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
            subjects: [{kind: User, name: jan, apiGroup: rbac.authorization.k8s.io}]
            """);

        (await CanAsync($"list pods -n {space}")).Should().Be("yes");
        (await CanAsync($"get pods --subresource=log -n {space}")).Should().Be("yes");
        (await CanAsync($"delete pods -n {space}")).Should().Be("no");
        (await CanAsync("list pods -n default")).Should().Be("no");
        (await kubectl.OutputAsync($"auth can-i --list -n {space} --as jan")).Should().MatchRegex(@"pods/log +\[\] +\[\] +\[get list\]");
        (await kubectl.OutputAsync("auth whoami --as jan -o jsonpath={.status.userInfo.username}")).Should().Be("jan");
    }

    [Fact]
    public async Task Kubectl_says_who_was_refused_what()
    {
        var (code, _, error) = await kubectl.RunAsync("get pods -A --as kim");

        code.Should().NotBe(0);
        error.Should().Contain("Error from server (Forbidden): pods is forbidden: User \"kim\" cannot list resource \"pods\" in API group \"\" at the cluster scope");
    }

    [Fact]
    public async Task Kubectl_creates_a_token()
    {
        string space = await server.NamespaceAsync();
        await server.Cluster.ApplyAsync($"{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: robot, namespace: {space}}}}}");

        string token = await kubectl.OutputAsync($"create token robot -n {space}");

        // kubectl sends no token over plain HTTP.
        using var robot = new ApiClient(server.Cluster.Address, ("Authorization", $"Bearer {token.Trim()}"));
        (await robot.GetAsync("/api/v1/pods")).Message.Should().Contain($"User \"system:serviceaccount:{space}:robot\" cannot list");
    }

    public void Dispose() => kubectl.Dispose();

    private async Task<string> CanAsync(string what) => (await kubectl.RunAsync($"auth can-i {what} --as jan")).Output.Trim();
}
