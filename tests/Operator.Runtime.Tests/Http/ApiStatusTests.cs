using System.Net;
using System.Text;

namespace Operator.Runtime.Tests.Http;

/// <summary>Invariant 7, and every other way in which an API server says no.</summary>
public sealed class ApiStatusTests
{
    private const string PlainText = "upstream connect error";

    [Theory]
    [InlineData(409, "AlreadyExists", "AlreadyExists")]
    [InlineData(409, "Conflict", "Conflict")]
    [InlineData(404, "NotFound", "NotFound")]
    [InlineData(410, "Expired", "Gone")]
    [InlineData(400, "BadRequest", "Invalid")]
    [InlineData(405, "MethodNotAllowed", "Invalid")]
    [InlineData(413, "RequestEntityTooLarge", "Invalid")]
    [InlineData(415, "UnsupportedMediaType", "Invalid")]
    [InlineData(422, "Invalid", "Invalid")]
    [InlineData(401, "Unauthorized", "Forbidden")]
    [InlineData(403, "Forbidden", "Forbidden")]
    [InlineData(429, "TooManyRequests", "Throttled")]
    public void A_refusal_is_a_value(int code, string reason, string result) =>
        Result(code, Status(reason)).GetType().Name.Should().Be(result);

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(302)]
    [InlineData(418)]
    public void What_nobody_can_decide_on_is_an_exception(int code)
    {
        var result = () => Result(code, Status("InternalError"));
        result.Should().Throw<ApiUnavailableException>().WithMessage($"HTTP {code}: it says InternalError");
    }

    [Theory]
    [InlineData(PlainText)]
    [InlineData("<html><body>502</body></html>")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("""{"code":"409"}""")]
    public void The_plain_text_of_a_proxy_is_no_error_of_its_own(string body)
    {
        Result(409, body).Should().BeOfType<ApiResult<string>.Conflict>().Which.Message.Should().Be("HTTP 409");
        Result(429, body).Should().BeOfType<ApiResult<string>.Throttled>();
        Result(403, body).Should().BeOfType<ApiResult<string>.Forbidden>();
        Result(410, body).Should().BeOfType<ApiResult<string>.Gone>();
    }

    [Theory]
    [InlineData("404 page not found\n")]
    [InlineData(PlainText)]
    [InlineData("{}")]
    public void A_404_that_is_not_the_API_servers_does_not_mean_that_an_object_is_gone(string body)
    {
        var result = () => Result(404, body);
        result.Should().Throw<ApiUnavailableException>();
    }

    [Fact]
    public void The_429_of_a_disruption_budget_is_told_apart()
    {
        var budget = Result(429, """
            {"kind":"Status","reason":"TooManyRequests","message":"Cannot evict pod as it would violate the pod's disruption budget.",
             "details":{"causes":[{"reason":"DisruptionBudget","message":"The disruption budget cart needs 2 healthy pods and has 2 currently"}]},"code":429}
            """);
        var busy = Result(429, Status("TooManyRequests"), TimeSpan.FromSeconds(3));

        budget.Should().Be(new ApiResult<string>.Throttled(TimeSpan.FromSeconds(1), DisruptionBudget: true, "Cannot evict pod as it would violate the pod's disruption budget."));
        busy.Should().Be(new ApiResult<string>.Throttled(TimeSpan.FromSeconds(3), DisruptionBudget: false, "it says TooManyRequests"));
    }

    [Theory]
    [InlineData(null, 10, 10)]
    [InlineData(4, 10, 4)]
    [InlineData(null, null, 1)]
    [InlineData(0, null, 1)]
    [InlineData(null, -7, 1)]
    [InlineData(null, int.MaxValue, 300)]
    [InlineData(86_400, null, 300)]
    public void Retry_After_is_honoured_within_what_a_client_can_do(int? header, int? body, int seconds)
    {
        var details = body is null ? "{}" : $$"""{"retryAfterSeconds":{{body}}}""";
        TimeSpan? retryAfter = header is { } h ? TimeSpan.FromSeconds(h) : null;

        Result(429, Status("TooManyRequests", details), retryAfter).Should().BeOfType<ApiResult<string>.Throttled>().Which.RetryAfter.Should().Be(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public void The_Retry_After_of_a_server_that_is_overloaded_goes_with_the_exception()
    {
        var result = () => Result(503, "", TimeSpan.FromSeconds(5));
        result.Should().Throw<ApiUnavailableException>().Which.RetryAfter.Should().Be(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Whoever_requires_a_value_tries_a_refusal_again()
    {
        new ApiResult<string>.Ok("v").Required().Should().Be("v");
        var refused = () => new ApiResult<string>.Conflict("somebody was faster").Required();
        refused.Should().Throw<ApiUnavailableException>().WithMessage("*somebody was faster*");
    }

    private static string Status(string reason, string details = "{}") =>
        $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"{{reason}}","message":"it says {{reason}}","details":{{details}}}""";

    private static ApiResult<string> Result(int code, string body, TimeSpan? retryAfter = null) =>
        ApiStatus.Parse(Encoding.UTF8.GetBytes(body)).ToResult<string>((HttpStatusCode)code, retryAfter);
}
