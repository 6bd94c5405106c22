using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.DevCluster.Logs;
using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>pods/log.</summary>
internal sealed class PodLogs(ObjectRegistry registry, LogStore logs, TimeProvider time, CancellationToken stopping)
{
    public ApiResponse Get(ApiRequest request)
    {
        var pod = registry.Get(request.Target, new(request.Namespace, request.Name)).Json;
        string container = Container(pod, request.Parameter("container"));
        var log = logs.Find(pod.Uid, container);
        LogQuery query = new(request.Query, time);
        if (query.Previous)
        {
            var previous = log?.Previous ?? throw new StatusException(ApiStatus.BadRequest(
                $"previous terminated container \"{container}\" in pod \"{pod.Name}\" not found"));
            return ApiResponse.Text(query.Text(previous));
        }
        if (Waiting(pod, container) is { } reason && log is null)
        {
            throw new StatusException(ApiStatus.BadRequest(
                $"container \"{container}\" in pod \"{pod.Name}\" is waiting to start: {reason}"));
        }
        if (query.Follow && log is not null)
        {
            return new(200, (http, cancellation) => FollowAsync(http, query, log.Current, cancellation))
            {
                ContentType = "text/plain; charset=utf-8",
                IsStream = true,
            };
        }
        return ApiResponse.Text(query.Text(log?.Current));
    }

    private async Task FollowAsync(HttpContext http, LogQuery query, RunLog run, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stopping);
        await query.FollowAsync(http, run, end.Token);
    }

    /// <summary>The container asked for, or the only one.</summary>
    private static string Container(JsonObject pod, string? asked)
    {
        var names = pod.Items("spec", "containers").Concat(pod.Items("spec", "initContainers")).Concat(pod.Items("spec", "ephemeralContainers"))
            .Select(c => c.Text("name") ?? "").ToList();
        if (asked is not null)
        {
            return names.Contains(asked)
                ? asked
                : throw new StatusException(ApiStatus.BadRequest($"container {asked} is not valid for pod {pod.Name}"));
        }
        return names is [var only]
            ? only
            : throw new StatusException(ApiStatus.BadRequest(
                $"a container name must be specified for pod {pod.Name}, choose one of: [{string.Join(' ', names)}]"));
    }

    private static string? Waiting(JsonObject pod, string container)
    {
        if (pod.TextAt("spec", "nodeName").Length == 0)
            return "PodPending";
        var status = pod.Items("status", "containerStatuses").Concat(pod.Items("status", "initContainerStatuses"))
            .FirstOrDefault(s => s.Text("name") == container);
        return status is null ? "ContainerCreating" : status.At("state", "waiting", "reason")?.ToString();
    }
}
