using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Operator.Benchmarks.Clusters;

/// <summary>
/// A source that sends as much at once as a request may hold: half of its bodies are batches of small alerts, as many as a request takes, the others
/// a few alerts as large as one may be. Its rate is the default one.
/// </summary>
internal sealed class Flood : IDisposable
{
    public const int Bodies = 20, Bytes = 4 << 20;
    private const string Source = "flood", Token = "flood";
    private const int Most = 1000, Largest = 255 << 10;
    private static readonly Uri Receiver = new($"v1/findings/{Source}", UriKind.Relative);

    private readonly byte[][] bodies;
    private readonly HttpClient http;
    private readonly ConcurrentDictionary<HttpStatusCode, int> answers = [];

    public Flood(OperatorProgram program, IReadOnlyList<ShopPod> pods)
    {
        bodies = [.. Enumerable.Range(0, Bodies).Select(i => Body(i, pods, each: i % 2 == 0 ? (Bytes / Most) - 8 : Largest))];
        http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = program.Http.BaseAddress, Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    /// <summary>How often all bodies were sent.</summary>
    public int Rounds { get; private set; }

    /// <summary>How many bodies got which answer.</summary>
    public string Answers => string.Join(", ", answers.OrderBy(a => a.Key).Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Value} × {(int)a.Key}")));

    public static Task RegisterAsync(BenchedCluster cluster) => cluster.ApplyAsync($$"""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: FindingSource
        metadata: {name: {{Source}}}
        spec:
          type: Falco
          authentication: {tokenSHA256: [{hash: "{{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token)))}}"}]}
          namespaces: ["*"]
        """);

    /// <summary>Sends all bodies at the same time, and again after as long as the answers ask for, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var waits = await Task.WhenAll(bodies.Select(SendAsync));
            Rounds++;
            await Task.Delay(waits.Max(), TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<TimeSpan> SendAsync(byte[] body)
    {
        using ByteArrayContent content = new(body);
        using var answer = await http.PostAsync(Receiver, content);
        answers.AddOrUpdate(answer.StatusCode, 1, (_, n) => n + 1);
        return answer.Headers.RetryAfter?.Delta ?? TimeSpan.Zero;
    }

    private static byte[] Body(int number, IReadOnlyList<ShopPod> pods, int each)
    {
        StringBuilder text = new("[", Bytes);
        for (var i = 0; text.Length + each < Bytes; i++)
        {
            var alert = Sender.Alert(pods[i % pods.Count], string.Create(CultureInfo.InvariantCulture, $"Junk {number}-{i}"));
            alert["output_fields"]!["padding"] = "";
            alert["output_fields"]!["padding"] = new string('x', each - alert.ToJsonString().Length - 1);
            text.Append(i == 0 ? "" : ",").Append(alert.ToJsonString());
        }
        return Encoding.UTF8.GetBytes(text.Append(']').ToString().PadRight(Bytes));
    }
}
