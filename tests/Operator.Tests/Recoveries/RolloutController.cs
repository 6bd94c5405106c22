using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Runtime;

namespace Operator.Tests.Recoveries;

/// <summary>
/// The controller of a kind of somebody else, in the manner of an Argo Rollout: a ReplicaSet for each template it had, the old ones
/// scaled away once the new one is Ready. One that reverts writes the template that it was given first, whenever it is another.
/// </summary>
internal sealed class RolloutController : IReconciler<ObjectKey>, IAsyncDisposable
{
    public const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: rollouts.rollouts.example}
        spec:
          group: rollouts.example
          scope: Namespaced
          names: {kind: Rollout, plural: rollouts, singular: rollout}
          versions:
          - name: v1alpha1
            served: true
            storage: true
            subresources: {status: {} }
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true} }
        """;

    private readonly CancellationTokenSource stop = new();
    private readonly KubernetesConnection connection;
    private readonly Informer<Unstructured> rollouts;
    private readonly Informer<Unstructured> sets;
    private readonly Task running;
    private readonly JsonNode? original;

    /// <param name="cluster">Where it runs.</param>
    /// <param name="path">Where the template stands in its kind.</param>
    /// <param name="original">The template that it puts back whenever it is another; null for one that does not.</param>
    public RolloutController(TestCluster cluster, string[] path, JsonNode? original = null)
    {
        (Path, this.original) = (path, original);
        connection = new(cluster.Api.ClientConfiguration("rollout-controller"), "rollout-controller");
        rollouts = new(new ResourceApi<Unstructured>(connection, Unstructured.Of("rollouts.example", "v1alpha1", "rollouts")), TimeProvider.System, NullLoggerFactory.Instance);
        sets = new(new ResourceApi<Unstructured>(connection, Unstructured.Of("apps", "v1", "replicasets")), TimeProvider.System, NullLoggerFactory.Instance);
        var builder = new ControllerBuilder<ObjectKey>("rollouts", TimeProvider.System, NullLoggerFactory.Instance)
            .Watches(rollouts, r => [ObjectKey.Of(r.Metadata)])
            .Watches(sets, s => s.Metadata.OwnerReferences?.FirstOrDefault(o => o.Kind == "Rollout") is { } owner ? [new(s.Metadata.NamespaceProperty, owner.Name)] : []);
        running = Task.WhenAll(rollouts.RunAsync(stop.Token), sets.RunAsync(stop.Token), builder.Build(this).RunAsync(stop.Token));
    }

    private string[] Path { get; }

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        await Task.WhenAll(rollouts.Synced, sets.Synced);
        if (await rollouts.Api.GetAsync(key, cancellation) is not ApiResult<Unstructured>.Ok { Value: var rollout })
            return ReconcileResult.Done;
        var template = Path.Aggregate((JsonNode?)rollout.Spec, (node, name) => node?[name])!;
        if (original is not null && !JsonNode.DeepEquals(template, original))
        {
            JsonNode change = original.DeepClone();
            foreach (var name in Path.Reverse().Append("spec"))
                change = new JsonObject { [name] = change };
            (await rollouts.Api.PatchAsync(key, Patch.Merge((JsonObject)change), cancellation: cancellation)).Required();
            return ReconcileResult.Done;
        }
        await FollowAsync(rollout, template, cancellation);
        // As a string, which is what Argo Rollouts writes.
        await rollouts.Api.PatchAsync(
            key,
            Patch.Merge(new JsonObject { ["status"] = new JsonObject { ["observedGeneration"] = rollout.Metadata.Generation!.Value.ToString(CultureInfo.InvariantCulture) } }),
            "status",
            cancellation);
        return ReconcileResult.Done;
    }

    private async Task FollowAsync(Unstructured rollout, JsonNode template, CancellationToken cancellation)
    {
        var ns = rollout.Metadata.NamespaceProperty;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(template.ToJsonString())))[..10];
        var owned = (await sets.Api.ListAsync(new Selection { Namespace = ns }, cancellation: cancellation)).Required().Items
            .Where(s => s.Metadata.OwnerReferences?.Any(o => o.Uid == rollout.Metadata.Uid) is true).ToList();
        var name = $"{rollout.Metadata.Name}-{hash}";
        if (owned.FirstOrDefault(s => s.Metadata.Name == name) is not { } current)
        {
            await sets.Api.CreateAsync(SetOf(rollout, template, name, hash), cancellation);
            return;
        }
        if ((int?)current.Status?["readyReplicas"] != (int)rollout.Spec["replicas"]!)
            return;
        foreach (var old in owned.Where(s => s.Metadata.Name != name && (int)s.Spec["replicas"]! > 0))
            await sets.Api.PatchAsync(ObjectKey.Of(old.Metadata), Patch.Merge(new JsonObject { ["spec"] = new JsonObject { ["replicas"] = 0 } }), cancellation: cancellation);
    }

    private static Unstructured SetOf(Unstructured rollout, JsonNode template, string name, string hash)
    {
        var labelled = (JsonObject)template.DeepClone();
        labelled["metadata"]!["labels"]!["rollout-hash"] = hash;
        return new()
        {
            ApiVersion = "apps/v1",
            Kind = "ReplicaSet",
            Metadata = new()
            {
                NamespaceProperty = rollout.Metadata.NamespaceProperty,
                Name = name,
                Labels = new Dictionary<string, string> { ["rollout-hash"] = hash },
                OwnerReferences = [new() { ApiVersion = "rollouts.example/v1alpha1", Kind = "Rollout", Name = rollout.Metadata.Name, Uid = rollout.Metadata.Uid, Controller = true }],
            },
            Spec = new JsonObject
            {
                ["replicas"] = (int)rollout.Spec["replicas"]!,
                ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["rollout-hash"] = hash } },
                ["template"] = labelled,
            },
        };
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        connection.Dispose();
        stop.Dispose();
    }
}
