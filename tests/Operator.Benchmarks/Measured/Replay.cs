using System.Text;
using Operator.Benchmarks.Clusters;
using Operator.DevCluster.Server;

namespace Operator.Benchmarks.Measured;

/// <summary>
/// The calls by which the operator contained one pod, sent again bare for another pod of the same Deployment: one after the other on one
/// connection, each as soon as the one before it is answered, with nothing thought about in between.
/// </summary>
internal sealed class Replay(Course course, IEnumerable<Seen> finished)
{
    private readonly ApiRequest[] calls =
    [
        .. finished.Where(s => s.Request.Sequence > course.Accepted.Request.Sequence && s.Request.Sequence <= course.Contained.Request.Sequence)
            .Select(s => s.Request).Where(r => IsOnTheWay(r) && (r.Namespace == course.Pod.Namespace || (r.Resource == "recoveries" && r.Namespace == BenchedCluster.OperatorNamespace))),
    ];

    public string Calls => string.Join(", ", calls.Select(c => $"{c.Verb} {c.Resource}"));

    public async Task<double> TimeAsync(BareConnection bare, ShopPod pod, string recovery)
    {
        var start = TimeProvider.System.GetTimestamp();
        foreach (var call in calls)
        {
            var path = For(call.Path.TrimStart('/'), pod, recovery) + call.QueryString;
            var (code, body) = await bare.CallAsync(Method(call.Verb), path, Encoding.UTF8.GetBytes(For(Encoding.UTF8.GetString(call.Body.Span), pod, recovery)), call.ContentType);
            if (code != call.ResponseCode)
                throw new InvalidOperationException($"{call}: {code} where the operator got {call.ResponseCode}: {Encoding.UTF8.GetString(body)}");
        }
        return TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>What the operator does beside its way to containment, at the same time, holds nothing up: it says that the finding is taken, it sweeps.</summary>
    private static bool IsOnTheWay(ApiRequest request) =>
        request is { Resource: "recoveries" or "pods" or "deployments" or "replicasets" or "networkpolicies", Verb: "get" or "list" or "create" or "patch" };

    private string For(string text, ShopPod pod, string recovery) => text
        .Replace(course.Claimed.Request.ResponseObject!["metadata"]!["name"]!.ToString(), recovery, StringComparison.Ordinal)
        .Replace(course.Pod.Name, pod.Name, StringComparison.Ordinal)
        .Replace(course.Pod.Uid, pod.Uid, StringComparison.Ordinal)
        .Replace($"\"value\":\"{course.Pod.ResourceVersion}\"", $"\"value\":\"{pod.ResourceVersion}\"", StringComparison.Ordinal);

    private static HttpMethod Method(string verb) => verb switch
    {
        "create" => HttpMethod.Post,
        "update" => HttpMethod.Put,
        "patch" => HttpMethod.Patch,
        "delete" => HttpMethod.Delete,
        _ => HttpMethod.Get,
    };
}
