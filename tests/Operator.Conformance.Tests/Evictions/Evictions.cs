using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests.Evictions;

internal static class Evictions
{
    public static JsonObject Eviction(string pod, string? deleteOptions = null)
    {
        var eviction = Objects.Of("policy/v1", "Eviction", pod);
        if (deleteOptions is not null)
            eviction["deleteOptions"] = Json.Object(deleteOptions);
        return eviction;
    }

    extension(TestNamespace space)
    {
        public Task<Answer> EvictAsync(string pod, string? deleteOptions = null) =>
            space.Api.CreateAsync($"{space.Pods}/{pod}/eviction", Eviction(pod, deleteOptions));

        /// <summary>A pod that runs, as far as the API server is told.</summary>
        public async Task<JsonObject> RunAsync(string name, string app = "cart", string phase = "Running", bool ready = true)
        {
            await space.CreatePodAsync(name, "some-node", ("app", app));
            string now = ready ? "True" : "False";
            return (await space.Api.MergeAsync(
                $"{space.Pods}/{name}/status", Json.Object($$$"""{"status": {"phase": "{{{phase}}}", "conditions": [{"type": "Ready", "status": "{{{now}}}"}] } }"""))).Ok;
        }
    }
}
