using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using k8s;
using k8s.Models;
using Operator.DevCluster.Caching;
using Operator.Runtime;

namespace Operator.DevCluster.Events;

/// <summary>Tells in Events what a component does, in the background: they inform, and delay nothing.</summary>
internal sealed class EventRecorder(KubernetesConnection connection, string component, EmbeddedClusterOptions options)
{
    private const int Capacity = 10_000;

    private readonly ResourceApi<Corev1Event> events = new(connection, Kinds.Events);
    private readonly Channel<Corev1Event> pending = Channel.CreateBounded<Corev1Event>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Normal(IKubernetesObject<V1ObjectMeta> about, string reason, string message, string? host = null) =>
        Record(about, "Normal", reason, message, host);

    public void Warning(IKubernetesObject<V1ObjectMeta> about, string reason, string message, string? host = null) =>
        Record(about, "Warning", reason, message, host);

    /// <summary>Sends what is recorded until the cluster stops.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await foreach (var next in pending.Reader.ReadAllAsync(cancellation))
                await SendAsync(next, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // What was not sent by now tells of a cluster that is gone.
        }
    }

    /// <summary>The same thing said again is one Event with a larger count.</summary>
    private async Task SendAsync(Corev1Event next, CancellationToken cancellation)
    {
        try
        {
            if (await events.CreateAsync(next, cancellation) is not ApiResult<Corev1Event>.AlreadyExists)
                return;
            var key = ObjectKey.Of(next.Metadata);
            if (await events.GetAsync(key, cancellation) is ApiResult<Corev1Event>.Ok { Value: var known })
                await events.PatchAsync(key, Patch.Merge(new() { ["count"] = known.Count + 1, ["lastTimestamp"] = Kinds.ToJson(next.LastTimestamp) }), cancellation: cancellation);
        }
        catch (ApiUnavailableException)
        {
            // An Event that is lost is no harm; what it tells of stands in the objects.
        }
    }

    private void Record(IKubernetesObject<V1ObjectMeta> about, string type, string reason, string message, string? host)
    {
        if (!options.Events)
            return;
        var second = options.Time.GetUtcNow().WholeSecond();
        var (apiVersion, kind) = Kinds.NameOf(about);
        pending.Writer.TryWrite(new()
        {
            Metadata = new()
            {
                NamespaceProperty = about.Metadata.NamespaceProperty ?? "default",
                Name = $"{about.Metadata.Name}.{Fingerprint($"{about.Metadata.Uid}\n{component}\n{reason}\n{message}")}",
            },
            InvolvedObject = new()
            {
                ApiVersion = apiVersion,
                Kind = kind,
                NamespaceProperty = about.Metadata.NamespaceProperty,
                Name = about.Metadata.Name,
                Uid = about.Metadata.Uid,
                ResourceVersion = about.Metadata.ResourceVersion,
            },
            Type = type,
            Reason = reason,
            Message = message,
            Count = 1,
            FirstTimestamp = second,
            LastTimestamp = second,
            Source = new() { Component = component, Host = host },
            ReportingComponent = component,
            ReportingInstance = host ?? "",
        });
    }

    private static string Fingerprint(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
}
