using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Operator.Api.Tests.Schema;
using Operator.Api.V1Alpha1;
using Operator.DevCluster;

namespace Operator.Api.Tests.Rules;

/// <summary>A cluster that evaluates CEL, with config/crd on it and the namespaces of the samples; nothing where CEL is not evaluated.</summary>
public sealed class DefinitionsInstalled : IAsyncLifetime
{
    private KubernetesCluster? cluster;
    private HttpClient? http;

    public async ValueTask InitializeAsync()
    {
        if (!ChosenCluster.Offers(Capability.AdmissionPolicies))
            return;
        cluster = await ChosenCluster.StartAsync(new() { Controllers = false }, TestContext.Current.CancellationToken);
        http = new() { BaseAddress = cluster.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", cluster.AdminToken);
        foreach (var definition in Definition.All)
            await cluster.ApplyAsync(definition.Json.ToJsonString(), TestContext.Current.CancellationToken);
        foreach (var ns in (string[])["shop", "immutable-recovery"])
            await cluster.ApplyAsync($"{{apiVersion: v1, kind: Namespace, metadata: {{name: {ns}}}}}", TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        if (cluster is not null)
            await cluster.DisposeAsync();
    }

    internal async Task CreateAsync(JsonObject json)
    {
        var (code, answer) = await PostAsync(json, dryRun: false);
        code.Should().Be(201, answer.ToJsonString());
        json.Set("metadata.resourceVersion", answer["metadata"]!["resourceVersion"]!.DeepClone());
    }

    internal Task<(int Code, JsonNode Answer)> PostAsync(JsonObject json, bool dryRun) =>
        SendAsync(HttpMethod.Post, CollectionOf(json) + (dryRun ? "?dryRun=All" : ""), json, "application/json");

    internal async Task<(int Code, JsonNode Answer)> ReplaceAsync(JsonObject json)
    {
        json["metadata"]!.AsObject().Remove("resourceVersion");
        var (_, now) = await SendAsync(HttpMethod.Get, PathOf(json), null, "application/json");
        json.Set("metadata.resourceVersion", now["metadata"]!["resourceVersion"]!.DeepClone());
        return await SendAsync(HttpMethod.Put, PathOf(json), json, "application/json");
    }

    /// <summary>A PUT of the status, with metadata and spec as the caller has them.</summary>
    internal Task<(int Code, JsonNode Answer)> ReplaceStatusAsync(JsonObject json) => SendAsync(HttpMethod.Put, $"{PathOf(json)}/status", json, "application/json");

    internal async Task<JsonObject> GetAsync(JsonObject json) => (await SendAsync(HttpMethod.Get, PathOf(json), null, "application/json")).Answer.AsObject();

    /// <summary>Does something while a kind has no bounds and rules for one of its fields, as before they were made.</summary>
    internal async Task WithoutBoundsAsync(string kind, string[] path, Func<Task<bool>> until)
    {
        var definition = Definition.Of(kind).Json.DeepClone().AsObject();
        var place = $"apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition["metadata"]!["name"]}";
        await UpdateAsync(place, definition, path);
        try
        {
            await Waiting.UntilAsync(until, "what has no bounds is taken");
        }
        finally
        {
            await UpdateAsync(place, Definition.Of(kind).Json.DeepClone().AsObject(), null);
        }
    }

    private async Task UpdateAsync(string place, JsonObject definition, string[]? unbounded)
    {
        var now = (await SendAsync(HttpMethod.Get, place, null, "application/json")).Answer.AsObject();
        now["spec"] = definition["spec"]!.DeepClone();
        if (unbounded is not null)
        {
            var field = Definition.At(now["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.AsObject(), unbounded)!;
            foreach (var name in new[] { "maxLength", "maxProperties", "x-kubernetes-validations" })
                field.Remove(name);
            (field["additionalProperties"] as JsonObject)?.Remove("maxLength");
        }
        var (code, answer) = await SendAsync(HttpMethod.Put, place, now, "application/json");
        code.Should().Be(200, answer.ToJsonString());
    }

    internal Task<(int Code, JsonNode Answer)> PatchAsync(JsonObject json, JsonObject patch, string subresource = "") =>
        SendAsync(HttpMethod.Patch, $"{PathOf(json)}/{subresource}".TrimEnd('/'), patch, "application/merge-patch+json");

    private async Task<(int Code, JsonNode Answer)> SendAsync(HttpMethod method, string path, JsonObject? body, string type)
    {
        using HttpRequestMessage request = new(method, new Uri(path, UriKind.Relative));
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, type);
        using var response = await http!.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }

    private static string PathOf(JsonObject json) => $"{CollectionOf(json)}/{json["metadata"]!["name"]}";

    private static string CollectionOf(JsonObject json)
    {
        var definition = Definition.Of((string)json["kind"]!);
        var space = (string?)definition.Spec["scope"] == "Namespaced" ? $"namespaces/{json["metadata"]!["namespace"]}/" : "";
        return $"apis/{WellKnown.ApiVersion}/{space}{definition.Names["plural"]}";
    }
}
