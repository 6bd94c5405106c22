using System.Net;

namespace Operator.Tests.Cleanup;

/// <summary>Answers 500 to the requests that it is told to, once it is told to, for as long as it runs.</summary>
internal sealed class FailingRequests(Func<HttpRequestMessage, bool> fails) : DelegatingHandler
{
    private int answered;

    /// <summary>How many it has answered.</summary>
    public int Answered => answered;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!fails(request))
            return base.SendAsync(request, cancellationToken);
        Interlocked.Increment(ref answered);
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError)
        {
            RequestMessage = request,
            Content = new StringContent("""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"broken","reason":"InternalError","code":500}"""),
        });
    }
}
