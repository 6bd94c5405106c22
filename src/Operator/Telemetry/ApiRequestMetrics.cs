using System.Globalization;
using Operator.Runtime;
using Prometheus;

namespace Operator.Telemetry;

/// <summary>Counts what the API server was asked and what it answered.</summary>
internal sealed class ApiRequestMetrics(MetricSet metrics, TimeProvider time) : DelegatingHandler
{
    private readonly Counter requests = metrics.Counter("api_requests_total", "Requests to the API server, by verb and status code; none where no answer came.", "verb", "code");
    private readonly Histogram seconds = metrics.Histogram("api_request_seconds", "How long the API server took to answer; watches, which last, are left out.", "verb");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (start, verb, code) = (time.GetTimestamp(), VerbOf(request), "none");
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            code = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
            return response;
        }
        finally
        {
            requests.WithLabels(verb, code).Inc();
            if (verb != "watch")
                seconds.WithLabels(verb).Observe(time.GetElapsedTime(start).TotalSeconds);
        }
    }

    /// <summary>As Kubernetes names them. The runtime lists with a limit, always.</summary>
    private static string VerbOf(HttpRequestMessage request) => request.Method.Method switch
    {
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ when request.RequestUri!.Query.Contains("watch=", StringComparison.Ordinal) => "watch",
        _ when request.RequestUri.Query.StartsWith("?limit=", StringComparison.Ordinal) => "list",
        _ => "get",
    };
}
