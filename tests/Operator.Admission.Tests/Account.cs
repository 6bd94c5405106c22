using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Operator.Admission.Tests;

/// <summary>Somebody who asks the API server for something.</summary>
internal sealed class Account : IDisposable
{
    private readonly HttpClient http;

    /// <param name="address">Where the API is.</param>
    /// <param name="token">The bearer token.</param>
    /// <param name="impersonated">Whom the bearer of that token pretends to be.</param>
    public Account(Uri address, string token, string? impersonated = null)
    {
        http = new() { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (impersonated is not null)
            http.DefaultRequestHeaders.Add("Impersonate-User", impersonated);
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null, "");

    public Task<Answer> CreateAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json, "application/json");

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, """{"gracePeriodSeconds": 0}""", "application/json");

    public Task<Answer> MergeAsync(string path, string json) => SendAsync(HttpMethod.Patch, path, json, "application/merge-patch+json");

    /// <summary>A strategic merge patch: containers by name.</summary>
    public Task<Answer> PatchAsync(string path, string json) => SendAsync(HttpMethod.Patch, path, json, "application/strategic-merge-patch+json");

    public void Dispose() => http.Dispose();

    private async Task<Answer> SendAsync(HttpMethod method, string path, string? json, string type)
    {
        using HttpRequestMessage request = new(method, new Uri(path, UriKind.Relative));
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, type);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new((int)response.StatusCode, body.StartsWith('{') ? JsonNode.Parse(body)!.AsObject() : []);
    }
}

/// <summary>What it was told.</summary>
internal sealed record Answer(int Code, JsonObject Body)
{
    public string Message => Body["message"]?.ToString() ?? "";

    public void ShouldBeAccepted() => Code.Should().BeInRange(200, 299, Message);

    /// <summary>Refused with 403 by the policy of this name, whose message has this in it.</summary>
    public void ShouldBeRefusedBy(string policy, string message)
    {
        Code.Should().Be(403, Message);
        Message.Should().Contain($"'{policy}'").And.Contain($"{policy}: ").And.Contain(message);
    }
}
