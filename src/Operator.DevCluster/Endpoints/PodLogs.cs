using System.Globalization;
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
        if (request.Flag("previous"))
        {
            var previous = log?.Previous ?? throw new StatusException(ApiStatus.BadRequest(
                $"previous terminated container \"{container}\" in pod \"{pod.Name}\" not found"));
            return ApiResponse.Text(string.Concat(Select(previous.Lines, request).Select(l => Line(l, request))));
        }
        if (Waiting(pod, container) is { } reason && log is null)
        {
            throw new StatusException(ApiStatus.BadRequest(
                $"container \"{container}\" in pod \"{pod.Name}\" is waiting to start: {reason}"));
        }
        if (request.Flag("follow") && log is not null)
        {
            return new(200, (http, cancellation) => FollowAsync(http, log.Current, request, cancellation))
            {
                ContentType = "text/plain; charset=utf-8",
                IsStream = true,
            };
        }
        return ApiResponse.Text(string.Concat(Select(log?.Current.Lines ?? [], request).Select(l => Line(l, request))));
    }

    /// <summary>Sends the lines of one run as they come, until it ends.</summary>
    private async Task FollowAsync(HttpContext http, RunLog run, ApiRequest request, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stopping);
        var (lines, ended, changed) = run.Read();
        int sent = lines.Count - Select(lines, request).Count;
        while (true)
        {
            foreach (var line in lines.Skip(sent))
                await http.Response.WriteAsync(Line(line, request), end.Token);
            await http.Response.Body.FlushAsync(end.Token);
            sent = lines.Count;
            if (ended)
                return;
            await changed.WaitAsync(end.Token);
            (lines, ended, changed) = run.Read();
        }
    }

    private List<LogLine> Select(IReadOnlyList<LogLine> lines, ApiRequest request)
    {
        IEnumerable<LogLine> selected = lines;
        if (request.Parameter("sinceSeconds") is { } since && int.TryParse(since, CultureInfo.InvariantCulture, out int seconds))
            selected = selected.Where(l => l.Time >= time.GetUtcNow().AddSeconds(-seconds));
        if (request.Parameter("tailLines") is { } tail && int.TryParse(tail, CultureInfo.InvariantCulture, out int count))
            selected = selected.TakeLast(count);
        return [.. selected];
    }

    private static string Line(LogLine line, ApiRequest request) => request.Flag("timestamps")
        ? $"{line.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture)} {line.Text}\n"
        : line.Text + "\n";

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
