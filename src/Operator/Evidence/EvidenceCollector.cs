using System.Globalization;
using System.Net;
using System.Text.Json;
using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Runtime;

namespace Operator.Evidence;

/// <summary>
/// Takes what a pod can still tell before it goes: its manifest, its events and the logs of every container,
/// into a ConfigMap of the operator's namespace, where no tenant can change it.
/// </summary>
internal sealed class EvidenceCollector(KubernetesConnection connection, ResourceApi<EvidenceMap> maps, string operatorNamespace, TimeProvider time)
{
    private const int MaximumPartBytes = 4 * 1024 * 1024;
    private const string Index = "immutablerecovery.io/evidence";

    /// <summary>What has already been stored for a recovery, or null. A crash after the capture finds it here. Evidence of another recovery or pod is none.</summary>
    public async Task<IReadOnlyList<EvidenceItem>?> FindAsync(EvidenceOwner owner, CancellationToken cancellation) =>
        await maps.GetAsync(KeyOf(owner), cancellation) is ApiResult<EvidenceMap>.Ok { Value: var map } && IsOf(map, owner) ? ItemsOf(map) : null;

    /// <summary>Captures what can be had before the deadline and stores it; what could not be had is listed with the reason.</summary>
    public async Task<IReadOnlyList<EvidenceItem>> CaptureAsync(EvidenceOwner owner, Pod pod, int tailLines, TimeSpan deadline, CancellationToken cancellation)
    {
        var key = KeyOf(owner);
        var bundle = new EvidenceBundle(time, key.ToString());
        using var timer = new CancellationTokenSource(deadline, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);

        foreach (var part in PartsOf(pod, tailLines))
            await CaptureAsync(bundle, part, limited.Token, cancellation);

        return await StoreAsync(owner, pod, bundle, cancellation);
    }

    private async Task CaptureAsync(EvidenceBundle bundle, Part part, CancellationToken limited, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, part.Path);
            using var response = await connection.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limited);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                bundle.AddMissing(part.Kind, part.Container, $"the API server answered {(int)response.StatusCode} {response.StatusCode}");
                return;
            }
            await using var body = await response.Content.ReadAsStreamAsync(limited);
            var (content, truncated) = await ReadAsync(body, limited);
            bundle.Add(part.Kind, part.Container, part.Key, content, truncated);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            bundle.AddMissing(part.Kind, part.Container, "not captured before the evidence deadline");
        }
        catch (HttpRequestException failure)
        {
            bundle.AddMissing(part.Kind, part.Container, $"the API server could not be read: {failure.HttpRequestError}");
        }
    }

    private async Task<IReadOnlyList<EvidenceItem>> StoreAsync(EvidenceOwner owner, Pod pod, EvidenceBundle bundle, CancellationToken cancellation)
    {
        var key = KeyOf(owner);
        var map = new EvidenceMap
        {
            Metadata = new V1ObjectMeta
            {
                NamespaceProperty = key.Namespace,
                Name = key.Name,
                Labels = new Dictionary<string, string> { ["app.kubernetes.io/managed-by"] = OperatorOptions.FieldManager },
                Annotations = new Dictionary<string, string>(owner.Annotations)
                {
                    ["immutablerecovery.io/pod"] = $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}",
                    [Index] = JsonSerializer.Serialize([.. bundle.Items], EvidenceJson.Default.EvidenceItemArray),
                },
            },
            Immutable = true,
            BinaryData = bundle.Parts,
        };
        return await maps.CreateAsync(map, cancellation) switch
        {
            ApiResult<EvidenceMap>.Ok => bundle.Items,
            // An earlier attempt stored it and crashed before it was recorded: the first capture is the better evidence.
            ApiResult<EvidenceMap>.AlreadyExists when await FindAsync(owner, cancellation) is { } stored => stored,
            var refused => [.. bundle.Items.Select(item => new EvidenceItem
            {
                Kind = item.Kind,
                Container = item.Container,
                Message = item.Message ?? $"not stored: {refused}",
            })],
        };
    }

    private ObjectKey KeyOf(EvidenceOwner owner) => new(operatorNamespace, owner.MapName);

    private static bool IsOf(EvidenceMap map, EvidenceOwner owner) =>
        owner.Annotations.All(a => map.Metadata.Annotations?.TryGetValue(a.Key, out var value) is true && value == a.Value);

    private static IReadOnlyList<EvidenceItem> ItemsOf(EvidenceMap map) =>
        map.Metadata.Annotations?.TryGetValue(Index, out var index) is true
            ? JsonSerializer.Deserialize(index, EvidenceJson.Default.EvidenceItemArray) ?? []
            : [];

    private static IEnumerable<Part> PartsOf(Pod pod, int tailLines)
    {
        var path = $"api/v1/namespaces/{pod.Metadata.NamespaceProperty}/pods/{pod.Metadata.Name}";
        yield return new("Manifest", null, "pod.json", path);
        yield return new("Events", null, "events.json",
            $"api/v1/namespaces/{pod.Metadata.NamespaceProperty}/events?limit=200&fieldSelector=involvedObject.uid%3D{pod.Metadata.Uid}");
        if (tailLines == 0)
            yield break;

        var restarted = pod.Status.ContainerStatuses.Where(s => s.RestartCount > 0).Select(s => s.Name).ToHashSet();
        foreach (var container in (IEnumerable<Container>)[.. pod.Spec.Containers, .. pod.Spec.InitContainers, .. pod.Spec.EphemeralContainers])
        {
            var log = string.Create(CultureInfo.InvariantCulture,
                $"{path}/log?container={container.Name}&tailLines={tailLines}&limitBytes={MaximumPartBytes}&timestamps=true");
            yield return new("Log", container.Name, $"{container.Name}.log", log);
            if (restarted.Contains(container.Name))
                yield return new("PreviousLog", container.Name, $"{container.Name}.previous.log", $"{log}&previous=true");
        }
    }

    private static async Task<(byte[] Content, bool Truncated)> ReadAsync(Stream body, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        var buffer = new byte[81920];
        while (content.Length < MaximumPartBytes)
        {
            var read = await body.ReadAsync(buffer, cancellation);
            if (read == 0)
                return (content.ToArray(), false);
            content.Write(buffer, 0, (int)Math.Min(read, MaximumPartBytes - content.Length));
        }
        return (content.ToArray(), true);
    }

    private readonly record struct Part(string Kind, string? Container, string Key, string Path);
}
