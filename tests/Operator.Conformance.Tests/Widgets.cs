using System.Net;
using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests;

/// <summary>A custom resource of the suite's own, in a group that nobody else has.</summary>
internal sealed class Widgets
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private readonly ApiClient api;

    private Widgets(ApiClient api, string group) => (this.api, Group) = (api, group);

    public string Group { get; }

    public string In(string space) => $"/apis/{Group}/v1/namespaces/{space}/widgets";

    public static async Task<Widgets> InstallAsync(ApiClient api, string group)
    {
        _ = (await api.CreateAsync(Definitions, Definition(group))).Ok;
        Widgets made = new(api, group);
        await Waiting.UntilAsync(
            async () => (await api.GetAsync($"/apis/{group}/v1/widgets")).Code == HttpStatusCode.OK, "the widgets are served");
        return made;
    }

    public JsonObject Widget(string name, string spec = "{}")
    {
        var widget = Objects.Of($"{Group}/v1", "Widget", name);
        widget["spec"] = JsonNode.Parse(spec);
        return widget;
    }

    public async Task RemoveAsync() => await api.DeleteAsync($"{Definitions}/widgets.{Group}");

    private static JsonNode Definition(string group) => JsonNode.Parse($$$"""
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.{{{group}}}"},
          "spec": {
            "group": "{{{group}}}", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [{
              "name": "v1", "served": true, "storage": true,
              "selectableFields": [{"jsonPath": ".status.phase"}, {"jsonPath": ".spec.colour"}],
              "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}},
              "schema": {"openAPIV3Schema": {
                "type": "object", "required": ["spec"],
                "properties": {
                  "spec": {
                    "type": "object",
                    "properties": {
                      "size": {"type": "integer", "default": 3},
                      "weight": {"type": "integer", "minimum": 1, "maximum": 10},
                      "colour": {"type": "string", "enum": ["red", "green"]},
                      "code": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 4},
                      "tags": {"type": "array", "maxItems": 3, "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                      "parts": {
                        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                        "items": {"type": "object", "required": ["name"], "properties": {
                          "name": {"type": "string"}, "count": {"type": "integer", "default": 1}
                        } }
                      },
                      "anything": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}
                    }
                  },
                  "status": {"type": "object", "properties": {"size": {"type": "integer"}, "phase": {"type": "string"} } }
                }
              } }
            }]
          }
        }
        """)!;
}
