using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Operator.Domain.Findings;

namespace Operator.Demo;

/// <summary>
/// Other people's Falco alerts, replayed. A pod that one of them names is made first, as part of a ReplicaSet of its own; the alert then
/// carries the present time, that pod's UID and its container's id, since those of the original mean nothing here.
/// </summary>
internal sealed class Replay(IReadOnlyList<(string Name, string Text)> files) : IScenario
{
    private static readonly string[] Protected = [.. new OperatorOptions().ProtectedNamespaces, Platform.OperatorNamespace];

    public async Task<IReadOnlyList<Alert>> PrepareAsync(Platform platform, CancellationToken cancellation)
    {
        var documents = files.SelectMany(f => DocumentsOf(f.Text).Select(text => (f.Name, Text: text, Target: TargetOf(text)))).ToList();
        var stage = new Stage(platform);
        foreach (var target in documents.Select(d => d.Target).OfType<FindingTarget>())
            await stage.AddAsync(target, cancellation);
        await stage.ReadyAsync(cancellation);

        var alerts = new List<Alert>();
        foreach (var (name, text, target) in documents)
        {
            alerts.Add(target is null
                ? new(name, Encoding.UTF8.GetBytes(text), null)
                : new(name, Retarget(text, await stage.PodAsync(target, cancellation)), Protected.Contains(target.Namespace) ? "Skipped" : "Succeeded"));
        }
        return alerts;
    }

    /// <summary>The single alerts of a file. What is no JSON stays as it is, for the receiver to refuse.</summary>
    private static IEnumerable<string> DocumentsOf(string text)
    {
        if (IsJson(text, out var whole))
            return whole is JsonArray { Count: > 0 } array ? array.Select(a => a?.ToJsonString() ?? "null") : [text];
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length > 1 && lines.All(l => IsJson(l, out _)) ? lines : [text];
    }

    private static bool IsJson(string text, out JsonNode? node)
    {
        try
        {
            node = JsonNode.Parse(text.TrimStart('\uFEFF'));
            return true;
        }
        catch (JsonException)
        {
            node = null;
            return false;
        }
    }

    /// <summary>The pod that an alert names, as the operator itself reads it; null if it names none.</summary>
    private static FindingTarget? TargetOf(string text) =>
        FalcoAdapter.Parse(Encoding.UTF8.GetBytes(text)) is ParseResult.Parsed { Findings: [{ Target: { Namespace: not null, Pod: not null } target }] }
            ? target
            : null;

    private static byte[] Retarget(string text, V1Pod pod)
    {
        var alert = (JsonObject)JsonNode.Parse(text.TrimStart('\uFEFF'))!;
        var now = TimeProvider.System.GetUtcNow();
        foreach (var key in alert.Select(p => p.Key).Where(k => k.Equals("time", StringComparison.OrdinalIgnoreCase)).ToList())
            alert[key] = now.ToString("O");
        if (alert["output_fields"] is JsonObject fields)
        {
            if (fields.ContainsKey("evt.time"))
                fields["evt.time"] = now.ToUnixTimeMilliseconds() * 1_000_000;
            if (fields.ContainsKey("container.id"))
                fields["container.id"] = pod.Status.ContainerStatuses[0].ContainerID.Split("://")[1][..12];
            fields.Remove("container.full_id");
            fields["k8s.pod.uid"] = pod.Uid();
        }
        return Encoding.UTF8.GetBytes(alert.ToJsonString());
    }
}
