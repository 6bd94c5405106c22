using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Operator.Domain.Findings;
using Operator.Domain.Trust;

namespace Operator.Demo;

/// <summary>
/// Pods of given names, each adopted by a ReplicaSet that would replace it, on images whose tag was repointed after a trusted digest had been listed.
/// </summary>
internal sealed partial class Stage(Platform platform)
{
    private readonly HashSet<string> namespaces = ["default", "kube-system", "kube-public", "kube-node-lease", Platform.OperatorNamespace];
    private readonly HashSet<(string Namespace, string Pod)> pods = [];
    private readonly HashSet<string> repositories = [];
    private readonly List<V1ReplicaSet> adopters = [];

    public async Task AddAsync(FindingTarget target, CancellationToken cancellation)
    {
        if (!pods.Add((target.Namespace!, target.Pod!)))
            return;
        if (namespaces.Add(target.Namespace!))
            await platform.Client.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = target.Namespace } }, cancellationToken: cancellation);
        var image = ImageOf(target);
        await TrustAsync(image, cancellation);

        var labels = new Dictionary<string, string> { ["app"] = $"replayed-{pods.Count}" };
        var spec = new V1PodSpec { Containers = [new V1Container { Name = target.Container ?? "main", Image = image.ToString() }] };
        await platform.Client.CreateNamespacedPodAsync(
            new V1Pod { Metadata = new() { Name = target.Pod, Labels = labels }, Spec = spec }, target.Namespace, cancellationToken: cancellation);
        adopters.Add(new V1ReplicaSet
        {
            Metadata = new() { Name = target.Pod, NamespaceProperty = target.Namespace },
            Spec = new()
            {
                Replicas = 1,
                Selector = new() { MatchLabels = labels },
                Template = new() { Metadata = new() { Labels = labels }, Spec = spec },
            },
        });
    }

    /// <summary>
    /// The pods stand before their ReplicaSets, which adopt what their selectors match: so each pod has exactly the alert's name.
    /// Only a pod that is Ready is sure to be known to the ReplicaSet controller, which would else make one of its own.
    /// </summary>
    public async Task ReadyAsync(CancellationToken cancellation)
    {
        foreach (var set in adopters)
            await UntilAsync(set, pod => pod.Status.Conditions?.Any(s => s is { Type: "Ready", Status: "True" }) is true, "is Ready", cancellation);
        foreach (var set in adopters)
            await platform.Client.CreateNamespacedReplicaSetAsync(set, set.Namespace(), cancellationToken: cancellation);
        foreach (var set in adopters)
            await UntilAsync(set, pod => pod.OwnerReferences()?.Count > 0, "is adopted", cancellation);
    }

    private Task UntilAsync(V1ReplicaSet set, Func<V1Pod, bool> condition, string what, CancellationToken cancellation) => Patience.UntilAsync(
        async c => condition(await platform.Client.ReadNamespacedPodAsync(set.Name(), set.Namespace(), cancellationToken: c)),
        $"pod {set.Namespace()}/{set.Name()} {what}", cancellation);

    public Task<V1Pod> PodAsync(FindingTarget target, CancellationToken cancellation) =>
        platform.Client.ReadNamespacedPodAsync(target.Pod, target.Namespace, cancellationToken: cancellation);

    /// <summary>Lists the digest that was released, then repoints the tag to another one, which is what the pod will run.</summary>
    private async Task TrustAsync(ImageReference image, CancellationToken cancellation)
    {
        if (!repositories.Add(image.ToString()))
            return;
        var tag = image.EffectiveTag!;
        var released = Digests.Of($"{image} as released");
        platform.Cluster.Images.Push(image.Repository, tag, released);
        platform.Cluster.Images.Push(image.Repository, tag, Digests.Of($"{image} as poisoned"));
        await platform.Cluster.ApplyAsync(Manifests.Read(
            "trusted-image.yaml", ("NAME", $"replayed-{repositories.Count}"), ("REPOSITORY", image.Repository), ("TAG", tag), ("DIGEST", released)), cancellation);
    }

    /// <summary>The image that the alert names, where that is one.</summary>
    private static ImageReference ImageOf(FindingTarget target)
    {
        var named = target.Image is { } text ? ImageReference.Parse(text.Split('@')[0]) : null;
        return named is not null && Repository().IsMatch(named.Repository) && Tag().IsMatch(named.EffectiveTag!)
            ? named
            : ImageReference.Parse("registry.demo.example/unnamed:1.0");
    }

    [GeneratedRegex(@"^[a-z0-9]+([._-][a-z0-9]+)*(:[0-9]+)?(/[a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*)*$")]
    private static partial Regex Repository();

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
    private static partial Regex Tag();
}
