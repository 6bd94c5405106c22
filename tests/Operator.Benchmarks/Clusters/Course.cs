using Operator.DevCluster.Server;

namespace Operator.Benchmarks.Clusters;

/// <summary>How one finding went: when it was accepted, when its pod was contained, when its recovery had ended.</summary>
internal sealed record Course(ShopPod Pod, Seen Accepted, Seen Claimed, Seen Contained, Seen Ended)
{
    public double ToContained => TimeProvider.System.GetElapsedTime(Accepted.At, Contained.At).TotalMilliseconds;

    public double ToVerified => TimeProvider.System.GetElapsedTime(Accepted.At, Ended.At).TotalMilliseconds;

    /// <summary>Sends a finding about a pod and sees it through.</summary>
    public static async Task<Course> RunAsync(Traffic traffic, Sender sender, ShopPod pod)
    {
        var accepted = traffic.NextAsync(r => r is { Verb: "create", Resource: "securityfindings", ResponseCode: < 300 }, "the finding is stored");
        var claimed = traffic.NextAsync(r => r is { Verb: "create", Resource: "recoveries", ResponseCode: < 300 } && IsOf(r, pod), "the pod is claimed");
        var contained = traffic.NextAsync(r => Traffic.IsContainment(r) && r.Name == pod.Name && r.Namespace == pod.Namespace, "the pod is contained");
        var ended = traffic.NextAsync(r => r is { Resource: "recoveries", Subresource: "status", ResponseCode: < 300 } && IsOf(r, pod) && r.ResponseObject!["status"]?["outcome"] is not null, "the recovery has ended");
        await sender.SendAsync(pod);
        Course course;
        try
        {
            course = new(pod, await accepted, await claimed, await contained, await ended);
        }
        catch (TimeoutException late)
        {
            var last = traffic.Finished.LastOrDefault(s => s.Request is { Resource: "recoveries", Subresource: "status" } && IsOf(s.Request, pod));
            throw new TimeoutException($"{late.Message} Its recovery is {last?.Request.ResponseObject?["status"]?["phase"]}: {last?.Request.ResponseObject?["status"]?["message"]}", late);
        }
        var outcome = course.Ended.Request.ResponseObject!["status"]!["outcome"]!.ToString();
        return outcome == "Succeeded" ? course : throw new InvalidOperationException($"The recovery of {pod.Name} ended {outcome}.");
    }

    private static bool IsOf(ApiRequest request, ShopPod pod) => request.ResponseObject?["spec"]?["target"]?["uid"]?.ToString() == pod.Uid;
}
