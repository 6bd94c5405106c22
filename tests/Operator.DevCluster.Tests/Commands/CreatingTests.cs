using System.Text.Json.Nodes;

namespace Operator.DevCluster.Tests.Commands;

/// <summary>kubectl create, which sends the builtin kinds as Protobuf since 1.32.</summary>
public sealed class CreatingTests(ApiServerFixture server) : IDisposable
{
    private readonly ApiClient api = server.Api;
    private readonly Kubectl kubectl = Kubectl.For(server.Cluster);

    [Fact]
    public async Task Create_makes_what_it_is_asked_for()
    {
        string space = $"made-{Guid.NewGuid():N}"[..12];

        (await kubectl.OutputAsync($"create namespace {space}")).Should().Be($"namespace/{space} created\n");
        await kubectl.OutputAsync($"create configmap settings -n {space} --from-literal=mode=fast --from-literal=empty=");
        await kubectl.OutputAsync($"create secret generic key -n {space} --from-literal=password=s3cret");
        await kubectl.OutputAsync($"create deployment cart -n {space} --image=registry.example/shop/cart:1.4 --replicas=3 --port=8080");
        await kubectl.OutputAsync($"create poddisruptionbudget cart -n {space} --selector=app=cart --min-available=50%");
        await kubectl.OutputAsync($"create role reader -n {space} --verb=get,list --resource=pods,pods/log");

        (await GetAsync("api/v1", space, "configmaps", "settings"))["data"]!.ToJsonString().Should().Be("""{"empty":"","mode":"fast"}""");
        (await GetAsync("api/v1", space, "secrets", "key"))["data"]!.ToJsonString().Should().Be("""{"password":"czNjcmV0"}""");
        var deployment = await GetAsync("apis/apps/v1", space, "deployments", "cart");
        deployment.NumberAt("spec", "replicas").Should().Be(3);
        deployment.Items("spec", "template", "spec", "containers").Single()["ports"]!.ToJsonString().Should().Be("""[{"containerPort":8080,"protocol":"TCP"}]""");
        (await GetAsync("apis/policy/v1", space, "poddisruptionbudgets", "cart")).TextAt("spec", "minAvailable").Should().Be("50%");
        (await GetAsync("apis/rbac.authorization.k8s.io/v1", space, "roles", "reader"))["rules"]!.ToJsonString()
            .Should().Be("""[{"verbs":["get","list"],"apiGroups":[""],"resources":["pods","pods/log"]}]""");
    }

    [Fact]
    public async Task A_Job_from_a_CronJob_has_its_whole_template()
    {
        string space = await server.NamespaceAsync();
        var cron = Objects.Of("batch/v1", "CronJob", "nightly");
        cron["spec"] = JsonNode.Parse($$"""{"schedule": "0 2 * * *", "jobTemplate": {"spec": {"backoffLimit": 0, "template": {{Template}} } } }""");
        var template = (await api.CreateAsync($"/apis/batch/v1/namespaces/{space}/cronjobs", cron)).Ok.At("spec", "jobTemplate", "spec", "template", "spec");

        (await kubectl.OutputAsync($"create job now --from=cronjob/nightly -n {space}")).Should().Be("job.batch/now created\n");

        var job = await GetAsync("apis/batch/v1", space, "jobs", "now");
        job.NumberAt("spec", "backoffLimit").Should().Be(0);
        job.OwnerReferences!.Single()!["name"]!.ToString().Should().Be("nightly");
        JsonNode.DeepEquals(job.At("spec", "template", "spec"), template).Should().BeTrue("{0} is {1}", job.At("spec", "template", "spec"), template);
    }

    public void Dispose() => kubectl.Dispose();

    private async Task<JsonObject> GetAsync(string root, string space, string plural, string name) =>
        (await api.GetAsync($"/{root}/namespaces/{space}/{plural}/{name}")).Ok;

    /// <summary>Something of everything: what is 0 or false on purpose, what is a number or a text, amounts, parts of parts.</summary>
    private const string Template = """
        {"metadata": {"labels": {"app": "nightly"}}, "spec": {
          "restartPolicy": "Never", "automountServiceAccountToken": false, "hostNetwork": true, "terminationGracePeriodSeconds": 0,
          "nodeSelector": {"disk": "fast"}, "tolerations": [{"key": "a", "operator": "Exists", "tolerationSeconds": 0}],
          "securityContext": {"runAsUser": 0, "runAsNonRoot": false, "supplementalGroups": [1, 2], "seccompProfile": {"type": "RuntimeDefault"}},
          "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "podAffinityTerm": {
            "topologyKey": "zone", "labelSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["x", "y"]}]}}}]}},
          "volumes": [
            {"name": "settings", "configMap": {"name": "settings", "defaultMode": 420, "optional": true, "items": [{"key": "k", "path": "p"}]}},
            {"name": "scratch", "emptyDir": {"sizeLimit": "64Mi"}},
            {"name": "all", "projected": {"defaultMode": 256, "sources": [{"secret": {"name": "key"}}, {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}]}}],
          "containers": [{"name": "main", "image": "registry.example/jobs/import:1", "imagePullPolicy": "IfNotPresent", "command": ["/import"], "args": ["--all", ""],
            "env": [{"name": "PLAIN", "value": "x"}, {"name": "EMPTY"}, {"name": "IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}},
              {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "key", "key": "password", "optional": false}}}],
            "envFrom": [{"prefix": "C_", "configMapRef": {"name": "settings"}}],
            "ports": [{"name": "web", "containerPort": 80, "protocol": "UDP"}],
            "resources": {"requests": {"cpu": "250m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
            "volumeMounts": [{"name": "settings", "mountPath": "/etc/settings", "readOnly": true}, {"name": "scratch", "mountPath": "/tmp"}],
            "livenessProbe": {"httpGet": {"path": "/", "port": "web", "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
            "readinessProbe": {"tcpSocket": {"port": 80}, "timeoutSeconds": 2, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
            "lifecycle": {"preStop": {"exec": {"command": ["sync"]}}}, "securityContext": {"privileged": false, "capabilities": {"drop": ["ALL"]}},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "stdin": true}]
        }}
        """;
}
