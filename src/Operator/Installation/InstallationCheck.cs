using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Receiver;
using Operator.Runtime;

namespace Operator.Installation;

/// <summary>What is checked.</summary>
internal sealed record CheckedInstallation
{
    /// <summary>The receiver's address, up to the port.</summary>
    public required Uri Receiver { get; init; }

    /// <summary>The FindingSource that is spoken for.</summary>
    public required string Source { get; init; }

    /// <summary>Its bearer token.</summary>
    public required string Token { get; init; }

    /// <summary>The pod that is said to be compromised. A policy in mode Observe must be about it: nothing happens to it.</summary>
    public required ObjectKey Pod { get; init; }

    /// <summary>Where the operator stores findings.</summary>
    public required string OperatorNamespace { get; init; }
}

/// <summary>Takes one finding through an installation, from the receiver to the recorded plan: what `helm test` runs.</summary>
internal sealed class InstallationCheck(CheckedInstallation installation, HttpClient receiver, KubernetesConnection connection, TimeProvider time, TextWriter output)
{
    public const string Rule = "Installation check";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500);

    private readonly ResourceApi<Recovery> recoveries = new(connection, Kinds.Recoveries);
    private readonly ResourceApi<SecurityFinding> findings = new(connection, Kinds.SecurityFindings);

    /// <summary>0 if the plan was recorded, else 1 after a line that says what is missing.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var until = time.GetUtcNow() + Patience;
        string? finding = null;
        var missing = "nothing was tried";
        while (time.GetUtcNow() < until)
        {
            try
            {
                if (finding is null)
                    (finding, missing) = await SendAsync(cancellation);
                if (finding is not null && await LookAsync(cancellation) is { } ended)
                    return await JudgeAsync(ended, cancellation);
                if (finding is not null)
                    missing = await WhereIsAsync(finding, cancellation);
            }
            catch (Exception failure) when (failure is HttpRequestException or ApiUnavailableException)
            {
                // Why a connection with TLS failed stands in what caused it.
                missing = failure.InnerException is { } cause ? $"{failure.Message} {cause.Message}" : failure.Message;
            }
            await Task.Delay(BetweenLooks, time, cancellation);
        }
        await output.WriteLineAsync($"failed after {Patience.TotalSeconds} s: {missing}");
        return 1;
    }

    /// <summary>The name of the stored finding, or why there is none. Right after an installation the source may not be known to every replica yet.</summary>
    private async Task<(string? Finding, string Missing)> SendAsync(CancellationToken cancellation)
    {
        JsonObject alert = new()
        {
            ["rule"] = Rule,
            ["priority"] = "Critical",
            ["output"] = "sent by check-installation",
            ["time"] = time.GetUtcNow().ToString("O"),
            ["output_fields"] = new JsonObject { ["k8s.ns.name"] = installation.Pod.Namespace, ["k8s.pod.name"] = installation.Pod.Name },
        };
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(installation.Receiver, $"/v1/findings/{Uri.EscapeDataString(installation.Source)}"))
        {
            Content = new StringContent(alert.ToJsonString(), new MediaTypeHeaderValue("application/json")),
        };
        request.Headers.Authorization = new("Bearer", installation.Token);
        using var response = await receiver.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        if (response.StatusCode != HttpStatusCode.Accepted)
            return (null, $"the receiver answered {(int)response.StatusCode}: {text}");
        var stored = JsonSerializer.Deserialize(text, ReceiverJson.Default.ReceiverAnswer)?.Findings?.FirstOrDefault();
        return stored?.Name is { } name ? (name, "") : (null, $"the receiver answered {text}");
    }

    /// <summary>The recovery of the pod, once it has ended. A list holds only what caches keep, which leaves the plan out.</summary>
    private async Task<Recovery?> LookAsync(CancellationToken cancellation) =>
        (await recoveries.ListAsync(new() { Namespace = installation.Pod.Namespace }, cancellation: cancellation)).Required().Items
            .FirstOrDefault(r => r.Spec.Target.Name == installation.Pod.Name && r.Status?.Outcome is not null) is { } ended
            ? (await recoveries.GetAsync(ObjectKey.Of(ended.Metadata), cancellation)).Required()
            : null;

    private async Task<string> WhereIsAsync(string finding, CancellationToken cancellation) =>
        await findings.GetAsync(new(installation.OperatorNamespace, finding), cancellation) switch
        {
            ApiResult<SecurityFinding>.Ok { Value.Status: { State: not FindingState.Matched } status } => $"finding {finding} is {status.State}: {status.Message}",
            ApiResult<SecurityFinding>.Ok { Value.Status: null } => $"finding {finding} was stored and has not been looked at: no replica leads",
            ApiResult<SecurityFinding>.Ok => $"finding {finding} was matched, and its recovery has not ended",
            var other => $"finding {finding}: {other}",
        };

    private async Task<int> JudgeAsync(Recovery recovery, CancellationToken cancellation)
    {
        var status = recovery.Status!;
        await output.WriteLineAsync($"recovery {recovery.Metadata.NamespaceProperty}/{recovery.Metadata.Name} of pod {recovery.Spec.Target.Namespace}/{recovery.Spec.Target.Name} ended as {status.Outcome}: {status.Message}");
        foreach (var step in status.Plan?.Steps ?? [])
            await output.WriteLineAsync($"  would: {step}");
        await output.WriteLineAsync(await IsolationAsync(cancellation));
        if (status is { Plan.Steps.Count: > 0 })
            return 0;
        await output.WriteLineAsync("failed: no plan was recorded");
        return 1;
    }

    /// <summary>What the replica that answers isolates quarantined pods with.</summary>
    private async Task<string> IsolationAsync(CancellationToken cancellation)
    {
        using var response = await receiver.GetAsync(new Uri(installation.Receiver, "/readyz"), cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return text.Split('\n').FirstOrDefault(l => l.StartsWith(Readiness.Isolation, StringComparison.Ordinal)) ?? $"{Readiness.Isolation}not known: {text}";
    }

    /// <summary>A client for the receiver that trusts these authorities, or those of the machine.</summary>
    public static HttpClient Client(string? authorities)
    {
        SocketsHttpHandler handler = new();
        if (authorities is not null)
        {
            X509ChainPolicy trusting = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            trusting.CustomTrustStore.ImportFromPem(authorities);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trusting };
        }
        return new(handler) { Timeout = TimeSpan.FromSeconds(10) };
    }
}
