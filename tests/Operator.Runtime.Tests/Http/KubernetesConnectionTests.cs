using System.Net.Http.Headers;
using k8s.Authentication;

namespace Operator.Runtime.Tests.Http;

public sealed class KubernetesConnectionTests : IDisposable
{
    private readonly Transport transport = new() { Answer = (_, _) => Task.FromResult<HttpResponseMessage?>(Reply.Json(Reply.Object("m", "1"))) };

    [Fact]
    public async Task An_API_server_behind_a_path_keeps_that_path()
    {
        using KubernetesConnection connection = new(new() { Host = "https://rancher.example/k8s/clusters/c-1" }, "tests", transport);

        await GetAsync(connection);

        transport.Sent[0].Uri.Should().Be(new Uri("https://rancher.example/k8s/clusters/c-1/api/v1/namespaces/maps/configmaps/m"));
    }

    [Fact]
    public async Task A_request_names_who_sends_it()
    {
        using KubernetesConnection connection = new(new() { Host = "http://127.0.0.1:1" }, "immutable-recovery-operator", transport);

        await GetAsync(connection);

        transport.Sent[0].UserAgent.Should().Be("immutable-recovery-operator");
    }

    [Fact]
    public async Task Credentials_that_cannot_be_had_now_are_a_reason_to_try_again()
    {
        using KubernetesConnection connection = new(new() { Host = "http://127.0.0.1:1", TokenProvider = new Locked() }, "tests", transport);
        var get = () => GetAsync(connection);

        await get.Should().ThrowAsync<ApiUnavailableException>().WithMessage("no credentials: the token file is locked");
        transport.Sent.Should().BeEmpty();
    }

    public void Dispose() => transport.Dispose();

    private static Task<ApiResult<Map>> GetAsync(KubernetesConnection connection) =>
        new ResourceApi<Map>(connection, Map.Resource).GetAsync(Map.KeyOf("m"), TestContext.Current.CancellationToken);

    private sealed class Locked : ITokenProvider
    {
        public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
            throw new UnauthorizedAccessException("the token file is locked");
    }
}
