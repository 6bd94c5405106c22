using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Operator.Benchmarks.Results;
using Operator.DevCluster;

namespace Operator.Benchmarks.Measured;

/// <summary>
/// What the policy immutable-recovery-revoked-images adds to the creation of a pod while 5,000 digests are revoked: the same creations
/// with its binding and without, in turns, on one kept-alive connection.
/// </summary>
internal static class RevocationLatency
{
    private const int Digests = 5000, Rounds = 6, Creations = 150;
    private const string Policy = "apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/immutable-recovery-revoked-images";

    public static async Task RunAsync(ResultsTable table)
    {
        await using var cluster = await ChosenCluster.StartAsync(new() { Controllers = false });
        using HttpClient http = new() { BaseAddress = cluster.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", cluster.AdminToken);
        await cluster.ApplyAsync(await ReadAsync("crd", "immutablerecovery.io_imagerevocationlists.yaml"));
        await cluster.ApplyAsync("{apiVersion: v1, kind: Namespace, metadata: {name: latency} }");
        await cluster.ApplyAsync($"{{apiVersion: immutablerecovery.io/v1alpha1, kind: ImageRevocationList, metadata: {{name: latency}}, spec: {{revoked: {{{Revoked()}}} }} }}");

        List<double> with = [], without = [];
        for (var round = 0; round < Rounds; round++)
        {
            await cluster.ApplyAsync(await ReadAsync("admission", "revoked-images.yaml"));
            await Waiting.UntilAsync(async () => await TryAsync(http) == HttpStatusCode.Forbidden, "a revoked digest is refused");
            with.AddRange(await MeasureAsync(http));
            await http.DeleteAsync(new Uri(Policy, UriKind.Relative));
            await Waiting.UntilAsync(async () => await TryAsync(http) == HttpStatusCode.Created, "a revoked digest is let in");
            without.AddRange(await MeasureAsync(http));
        }

        Samples refusing = new(with), letting = new(without);
        var added = refusing.Median - letting.Median;
        table.Add(new("what 5,000 revoked digests add to the creation of a pod", "< 3 ms", $"{Samples.Milliseconds(added)} (p50 {Samples.Milliseconds(refusing.Median)}, p90 {Samples.Milliseconds(refusing.Percentile(90))})",
            $"without: {letting.Text(50)}, {letting.Text(90)}", added < 3));
    }

    private static async Task<List<double>> MeasureAsync(HttpClient http)
    {
        List<double> times = [];
        for (var i = 0; i < Creations; i++)
        {
            var start = TimeProvider.System.GetTimestamp();
            if (await CreateAsync(http, $"pod-{i}", Digest(Digests + 1)) != HttpStatusCode.Created)
                throw new InvalidOperationException("A pod whose digest is not revoked was refused.");
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            await DeleteAsync(http, $"pod-{i}");
        }
        // The first are slow for other reasons: compilation, caches.
        return times[(Creations / 5)..];
    }

    /// <summary>What would be answered to a pod with a revoked digest.</summary>
    private static Task<HttpStatusCode> TryAsync(HttpClient http) => CreateAsync(http, "bad", Digest(1), "?dryRun=All");

    private static async Task<HttpStatusCode> CreateAsync(HttpClient http, string name, string digest, string query = "")
    {
        using StringContent pod = new(
            $$$"""{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "{{{name}}}"}, "spec": {"containers": [{"name": "main", "image": "registry.test.example/cart@{{{digest}}}"}]} }""",
            Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri($"api/v1/namespaces/latency/pods{query}", UriKind.Relative), pod);
        return answer.StatusCode;
    }

    private static async Task DeleteAsync(HttpClient http, string name)
    {
        using HttpRequestMessage request = new(HttpMethod.Delete, new Uri($"api/v1/namespaces/latency/pods/{name}", UriKind.Relative))
        {
            Content = new StringContent("""{"gracePeriodSeconds": 0}""", Encoding.UTF8, "application/json"),
        };
        using var answer = await http.SendAsync(request);
    }

    private static Task<string> ReadAsync(string folder, string file) => File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Folder, "config", folder, file));

    private static string Revoked() => string.Join(", ", Enumerable.Range(1, Digests).Select(i => $"\"{Digest(i)}\": {{reason: incident}}"));

    private static string Digest(int number) => $"sha256:{number.ToString("x64", CultureInfo.InvariantCulture)}";
}
