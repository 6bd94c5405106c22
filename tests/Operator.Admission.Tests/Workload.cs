namespace Operator.Admission.Tests;

/// <summary>A kind whose pods are made from a template, and where that stands.</summary>
internal sealed record Workload(string Kind, string Api, string Plural, string Spec, string[] TemplatePath)
{
    private const string Selector = "\"selector\": {\"matchLabels\": {\"app\": \"cart\"}}, ";

    public static IReadOnlyList<Workload> All { get; } =
    [
        new("Deployment", "apis/apps/v1", "deployments", Selector, ["template"]),
        new("ReplicaSet", "apis/apps/v1", "replicasets", Selector, ["template"]),
        new("StatefulSet", "apis/apps/v1", "statefulsets", Selector + "\"serviceName\": \"cart\", ", ["template"]),
        new("DaemonSet", "apis/apps/v1", "daemonsets", Selector, ["template"]),
        new("Job", "apis/batch/v1", "jobs", "\"suspend\": true, ", ["template"]),
        new("CronJob", "apis/batch/v1", "cronjobs", "\"schedule\": \"@daily\", ", ["jobTemplate", "spec", "template"]),
    ];

    public static TheoryData<string> Kinds => [.. All.Select(w => w.Kind)];

    /// <summary>A Job's template is immutable by the API itself.</summary>
    public bool HasMutableTemplate => Kind != "Job";

    public static Workload Of(string kind) => All.Single(w => w.Kind == kind);

    /// <summary>Makes one that names the image by its tag; returns its path.</summary>
    public async Task<string> MakeAsync(Installation installation, string image = $"{Installation.Image}:1.4", string ns = Installation.Namespace)
    {
        var name = installation.NewName("cart");
        var restart = Api.Contains("batch", StringComparison.Ordinal) ? "Never" : "Always";
        var template = $$"""
            {"metadata": {"labels": {"app": "cart"} }, "spec": {"restartPolicy": "{{restart}}",
             "containers": [{"name": "main", "image": "{{image}}", "env": [{"name": "A", "value": "1"}]}, {"name": "other", "image": "other:1"}]} }
            """;
        var answer = await installation.Administrator.CreateAsync(
            $"{Api}/namespaces/{ns}/{Plural}",
            $$"""{"apiVersion": "{{Api["apis/".Length..]}}", "kind": "{{Kind}}", "metadata": {"name": "{{name}}"}, "spec": {""" + Spec + InSpec(template) + "}}");
        answer.ShouldBeAccepted();
        return $"{Api}/namespaces/{ns}/{Plural}/{name}";
    }

    /// <summary>A patch of the pod template.</summary>
    public string Template(string json) => "{\"spec\": {" + InSpec(json) + "}}";

    /// <summary>A patch of the first container's image.</summary>
    public string Image(string image) => Template($$$"""{"spec": {"containers": [{"name": "main", "image": "{{{image}}}"}]} }""");

    private string InSpec(string template) => $"\"{string.Join("\": {\"", TemplatePath)}\": {template}{new string('}', TemplatePath.Length - 1)}";
}
