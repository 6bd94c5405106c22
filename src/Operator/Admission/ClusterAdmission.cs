using Operator.Api.V1Alpha1;
using Operator.Runtime;

namespace Operator.Admission;

/// <summary>What the cluster offers at admission, looked at from time to time: it serves the API or not, and the policies are there or not.</summary>
internal sealed partial class ClusterAdmission(KubernetesConnection connection, TimeProvider time, ILogger<ClusterAdmission> logger) : BackgroundService
{
    private const string Group = "admissionregistration.k8s.io";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly ResourceDiscovery discovery = new(connection);
    private readonly TaskCompletionSource looked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>As it was seen last. A dry run or a fresh look comes before anything that rests on it alone.</summary>
    public AdmissionState Current { get; private set; } = AdmissionState.Unknown;

    /// <summary>Once it has been looked at.</summary>
    public Task Looked => looked.Task;

    /// <summary>Something is in force that was not, or the other way round.</summary>
    public event Action? Changed;

    /// <summary>As it is now.</summary>
    public async Task<AdmissionState> LookAsync(CancellationToken cancellation)
    {
        var served = await discovery.ResourcesAsync(Group, "v1", cancellation);
        var seen = await Task.WhenAll(Enum.GetValues<AdmissionPolicyName>().Select(n => LookAsync(n, served, cancellation)));
        var state = new AdmissionState(
            seen.Where(s => s.Identity is not null).ToDictionary(s => s.Name, s => s.Identity!),
            seen.Where(s => s.Lacks is not null).ToDictionary(s => s.Name, s => s.Lacks!));
        var before = Current;
        Current = state;
        looked.TrySetResult();
        if (!before.InForce.OrderBy(p => p.Key).SequenceEqual(state.InForce.OrderBy(p => p.Key)))
        {
            Offers(string.Join(", ", state.InForce.Keys.Order()));
            Changed?.Invoke();
        }
        return state;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Period;
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (ApiUnavailableException failure)
            {
                Unreadable(failure.Message);
                pause = Retry;
            }
            timer.Period = pause;
            await timer.WaitForNextTickAsync(stoppingToken);
        }
    }

    private async Task<(AdmissionPolicyName Name, string? Identity, string? Lacks)> LookAsync(AdmissionPolicyName name, IReadOnlySet<string> served, CancellationToken cancellation)
    {
        var plural = AdmissionState.IsMutating(name) ? "mutatingadmissionpolicies" : "validatingadmissionpolicies";
        if (!served.Contains(plural))
            return (name, null, $"the API server does not serve {plural}.{Group}/v1");
        var key = new ObjectKey("", AdmissionState.NameOf(name));
        var policy = new ResourceApi<AdmissionPolicy>(connection, new(Group, "v1", plural, false, ResourceJson.Trimmed<AdmissionPolicy>(Cluster.ClusterJson.Default))).GetAsync(key, cancellation);
        var binding = new ResourceApi<AdmissionBinding>(connection, new(Group, "v1", $"{plural[..^3]}ybindings", false, ResourceJson.Trimmed<AdmissionBinding>(Cluster.ClusterJson.Default))).GetAsync(key, cancellation);
        return AdmissionState.Lacks(name, await policy, await binding) is { } lacks
            ? (name, null, lacks)
            : (name, AdmissionState.Identity(name, (await policy).Required(), (await binding).Required()), null);
    }

    [LoggerMessage(LogLevel.Information, "in force at admission: {policies}")]
    private partial void Offers(string policies);

    [LoggerMessage(LogLevel.Warning, "admission could not be looked at: {why}")]
    private partial void Unreadable(string why);
}
