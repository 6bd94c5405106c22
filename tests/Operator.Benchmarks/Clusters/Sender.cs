using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Operator.Benchmarks.Clusters;

/// <summary>Posts Falco alerts about pods, each in a request of its own, as Falco does.</summary>
internal sealed class Sender(OperatorProgram program)
{
    private static readonly Uri Receiver = new($"v1/findings/{BenchedCluster.Source}", UriKind.Relative);

    private const string Rule = "Terminal shell in container";

    /// <summary>Sends until it is accepted: a receiver that is busy says so and is asked again.</summary>
    public async Task SendAsync(ShopPod pod, string rule = Rule)
    {
        var alert = Encoding.UTF8.GetBytes(Alert(pod, rule).ToJsonString());
        while (true)
        {
            using ByteArrayContent content = new(alert);
            using var answer = await program.Http.PostAsync(Receiver, content);
            if (answer.StatusCode == HttpStatusCode.Accepted)
                return;
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                throw new InvalidOperationException($"The receiver answered {answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), TimeProvider.System);
        }
    }

    public static JsonObject Alert(ShopPod pod, string rule)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new()
        {
            ["uuid"] = Guid.NewGuid().ToString(),
            ["time"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture),
            ["rule"] = rule,
            ["priority"] = "Critical",
            ["source"] = "syscall",
            ["tags"] = new JsonArray("container", "shell", "mitre_execution", "T1059"),
            ["output"] = $"{now:HH:mm:ss.fffffff}: Critical A shell was spawned in a container with an attached terminal (user=root command=bash -i k8s.ns={pod.Namespace} k8s.pod={pod.Name})",
            ["output_fields"] = new JsonObject
            {
                ["k8s.ns.name"] = pod.Namespace,
                ["k8s.pod.name"] = pod.Name,
                ["k8s.pod.uid"] = pod.Uid,
                ["proc.cmdline"] = "bash -i",
                ["proc.pname"] = "runc",
                ["user.name"] = "root",
            },
        };
    }
}
