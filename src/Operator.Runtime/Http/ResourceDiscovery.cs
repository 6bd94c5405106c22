using System.Net;
using System.Text.Json;

namespace Operator.Runtime;

/// <summary>Which resources an API server serves, asked by group and version: an optional API is no error where it is missing.</summary>
public sealed class ResourceDiscovery(KubernetesConnection connection)
{
    /// <summary>Plural names of the resources; none where the group or the version is not served.</summary>
    public async Task<IReadOnlySet<string>> ResourcesAsync(string group, string version, CancellationToken cancellation = default)
    {
        var path = $"apis/{group}/{version}";
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), connection.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
            request.Headers.Accept.ParseAdd("application/json");
            using var response = await connection.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return new HashSet<string>();
            if (!response.IsSuccessStatusCode)
                throw new ApiUnavailableException($"{path}: HTTP {(int)response.StatusCode}");
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            var list = await JsonSerializer.DeserializeAsync(body, RuntimeJson.Default.ServedResources, either.Token);
            return list?.Resources?.Select(r => r.Name ?? "").ToHashSet() ?? throw new ApiUnavailableException($"{path}: no list of resources");
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new ApiUnavailableException($"{path}: no answer in time", late);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException)
        {
            throw new ApiUnavailableException($"{path}: {failure.Message}", failure);
        }
    }
}

/// <summary>meta/v1 APIResourceList.</summary>
internal sealed record ServedResources
{
    public List<ServedResource>? Resources { get; set; }
}

internal sealed record ServedResource
{
    public string? Name { get; set; }
}
