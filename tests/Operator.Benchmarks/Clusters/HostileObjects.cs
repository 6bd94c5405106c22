using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Operator.Benchmarks.Clusters;

/// <summary>
/// Objects as large as an API server stores, of every kind that the operator watches and a tenant may write: 250 kB of annotations, and
/// labels or environment up to a megabyte.
/// </summary>
internal sealed class HostileObjects(BenchedCluster cluster)
{
    public const string Namespace = "hostile";
    public const int Findings = 120, Budgets = 300, OfEachKind = 20;
    private const int Annotated = 250_000, Filled = 700_000;
    private const string Ours = "apis/immutablerecovery.io/v1alpha1";
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 4 };

    private readonly ConcurrentBag<string> paths = [];
    private long bytes;

    /// <summary>What was stored, in bytes of JSON.</summary>
    public long Bytes => bytes;

    public async Task CreateAsync()
    {
        await cluster.NamespaceAsync(Namespace);
        var workload = new JsonObject { ["replicas"] = 0, ["selector"] = Selector(), ["template"] = Template() };
        await EachAsync(Budgets, $"apis/policy/v1/namespaces/{Namespace}/poddisruptionbudgets", i => Of("policy/v1", "PodDisruptionBudget", i, new() { ["minAvailable"] = 1, ["selector"] = Selector() }, labels: false));
        await EachAsync(OfEachKind, "api/v1/namespaces", i => Of("v1", "Namespace", i, []));
        await EachAsync(OfEachKind, $"api/v1/namespaces/{Namespace}/pods", i => Of("v1", "Pod", i, (JsonObject)Template()["spec"]!.DeepClone()));
        foreach (var kind in new[] { "Deployment", "ReplicaSet", "StatefulSet" })
            await EachAsync(OfEachKind, Collection("apps/v1", kind), i => Of("apps/v1", kind, i, (JsonObject)workload.DeepClone()));
        await EachAsync(OfEachKind, Collection("apps/v1", "DaemonSet"), i => Of("apps/v1", "DaemonSet", i, new() { ["selector"] = Selector(), ["template"] = Template() }));
        var job = new JsonObject { ["suspend"] = true, ["template"] = Template("Never") };
        job["template"]!["metadata"]!.AsObject().Remove("labels");
        await EachAsync(OfEachKind, Collection("batch/v1", "Job"), i => Of("batch/v1", "Job", i, (JsonObject)job.DeepClone()));
        await EachAsync(OfEachKind, Collection("batch/v1", "CronJob"), i => Of("batch/v1", "CronJob", i, new() { ["schedule"] = "0 0 1 1 *", ["suspend"] = true, ["jobTemplate"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = job["template"]!.DeepClone() } } }));
        await EachAsync(OfEachKind, $"apis/networking.k8s.io/v1/namespaces/{Namespace}/networkpolicies", i => Of("networking.k8s.io/v1", "NetworkPolicy", i, new() { ["podSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = "other" } } }));
        await EachAsync(OfEachKind, $"{Ours}/namespaces/{Namespace}/recoverypolicies", i => Of("immutablerecovery.io/v1alpha1", "RecoveryPolicy", i, new() { ["match"] = new JsonObject { ["findings"] = new JsonArray(new JsonObject { ["rules"] = new JsonArray("none") }) } }));
        await EachAsync(Findings, $"{Ours}/namespaces/{Namespace}/securityfindings", i => Finding(i, largest: 500));
        await cluster.WithoutRulesAsync("securityfindings.immutablerecovery.io", () =>
            EachAsync(Findings, $"{Ours}/namespaces/{Namespace}/securityfindings", i => Finding(i + Findings, largest: 19_000)));
    }

    /// <summary>Changes each of them a little, so that each arrives again by watch.</summary>
    public Task ChangeAsync() => cluster.WithoutRulesAsync("securityfindings.immutablerecovery.io", () => Parallel.ForEachAsync(paths, AtOnce, async (path, _) =>
        await cluster.Bare.SendAsync(HttpMethod.Patch, path, """{"metadata": {"annotations": {"example.com/changed": "true"} } }""", "application/merge-patch+json")));

    /// <summary>As many fields as there may be; their keys had no bound before.</summary>
    private static JsonObject Finding(int number, int largest)
    {
        var fields = new JsonObject();
        for (var i = 0; i < (largest > 1000 ? 64 : 28); i++)
            fields[largest > 1000 ? Key(i, largest) : Key(i, 64)] = new string('v', 500);
        return Of("immutablerecovery.io/v1alpha1", "SecurityFinding", number, new() { ["rule"] = "none", ["severity"] = "Low", ["message"] = new string('m', 1000), ["fields"] = fields }, labels: largest < 1000);
    }

    private static JsonObject Of(string apiVersion, string kind, int number, JsonObject spec, bool labels = true)
    {
        var metadata = new JsonObject
        {
            ["name"] = string.Create(CultureInfo.InvariantCulture, $"hostile-{number:d3}"),
            ["annotations"] = new JsonObject { ["example.com/padding"] = new string('a', Annotated) },
        };
        if (labels && kind is not ("Pod" or "Deployment" or "ReplicaSet" or "StatefulSet" or "DaemonSet" or "Job" or "CronJob"))
            metadata["labels"] = new JsonObject(Enumerable.Range(0, Filled / 130).Select(i => KeyValuePair.Create(string.Create(CultureInfo.InvariantCulture, $"{i:d60}"), (JsonNode?)new string('v', 63))));
        if (kind is "SecurityFinding" && !labels)
            metadata.Remove("annotations");
        return new() { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = metadata, ["spec"] = spec };
    }

    private static JsonObject Template(string restart = "Always") => new()
    {
        ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = "hostile" } },
        ["spec"] = new JsonObject
        {
            ["restartPolicy"] = restart,
            ["nodeSelector"] = new JsonObject { ["example.com/nowhere"] = "true" },
            ["containers"] = new JsonArray(new JsonObject { ["name"] = "a", ["image"] = "example.com/a:1", ["env"] = new JsonArray(new JsonObject { ["name"] = "A", ["value"] = new string('e', Filled) }) }),
        },
    };

    private static JsonObject Selector() => new() { ["matchLabels"] = new JsonObject { ["app"] = "hostile" } };

    private static string Key(int number, int length) => string.Create(CultureInfo.InvariantCulture, $"{number:d3}").PadRight(length, 'k');

#pragma warning disable CA1308 // Plurals of URLs are lower case.
    private static string Collection(string apiVersion, string kind) => $"apis/{apiVersion}/namespaces/{Namespace}/{kind.ToLowerInvariant()}s";
#pragma warning restore CA1308

    private Task EachAsync(int count, string collection, Func<int, JsonObject> make) => Parallel.ForEachAsync(Enumerable.Range(0, count), AtOnce, async (i, _) =>
    {
        var made = make(i);
        var text = made.ToJsonString();
        await cluster.Bare.SendAsync(HttpMethod.Post, collection, text);
        paths.Add($"{collection}/{made["metadata"]!["name"]}");
        Interlocked.Add(ref bytes, text.Length);
    });
}
