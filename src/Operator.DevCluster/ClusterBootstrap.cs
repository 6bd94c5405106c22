using System.Text.Json.Nodes;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.Kubelets;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;

namespace Operator.DevCluster;

/// <summary>What a new cluster has before anybody uses it: namespaces, what users may do by default, and nodes.</summary>
internal static class ClusterBootstrap
{
    private static readonly string[] Namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

    public static void Run(ApiServer server, EmbeddedClusterOptions options)
    {
        WriteOptions writes = new() { FieldManager = "kube-apiserver" };
        foreach (string name in Namespaces)
            server.Registry.Create(Builtin("namespaces"), Object("Namespace", name), writes);
        foreach (var policy in Yaml.Documents(BootstrapPolicy.Manifests))
            server.Registry.Create(server.Catalog.OfKind(policy.ApiVersion, policy.Kind)!, policy, writes);
        for (int node = 1; node <= options.Nodes; node++)
        {
            var created = server.Registry.Create(Builtin("nodes"), NodeObject.Named(NodeObject.NameOf(node)), writes);
            server.Registry.Update(
                Builtin("nodes"), created.Name, json => NodeObject.WithStatus(json, $"10.0.0.{node}", options.Time.GetUtcNow()),
                new() { FieldManager = "kubelet", Subresource = "status" });
        }
    }

    private static ResourceDefinition Builtin(string plural) => Builtins.All.First(r => r.StorageKey == plural);

    private static JsonObject Object(string kind, string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name },
    };
}
