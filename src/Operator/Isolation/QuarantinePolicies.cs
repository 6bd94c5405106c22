using k8s.Models;
using Operator.Api.V1Alpha1;
using Operator.Cluster;
using Operator.Domain.Planning;
using Operator.Recoveries;
using Operator.Runtime;

namespace Operator.Isolation;

/// <summary>The NetworkPolicy of a namespace that denies its quarantined pods all traffic: whether it does, and how it is put there.</summary>
internal sealed class QuarantinePolicies(ClusterCache cache)
{
    /// <summary>
    /// Whether it is there and denies. Only an answer of the API server says that it is absent. Where there was none, what the cache has seen
    /// counts, and otherwise nothing is known.
    /// </summary>
    public async Task<(bool Present, QuarantineProblem? Problem)> ReadAsync(string ns, CancellationToken cancellation)
    {
        try
        {
            switch (await cache.NetworkPolicies.Api.GetAsync(new(ns, WellKnown.QuarantinePolicy), cancellation))
            {
                case ApiResult<NetworkPolicy>.Ok { Value: var policy }:
                    return (Denies(policy), null);
                case ApiResult<NetworkPolicy>.NotFound:
                    return (false, null);
                case var refused:
                    return Unknown(ns, Problem(refused, refused: false));
            }
        }
        catch (ApiUnavailableException failure)
        {
            return Unknown(ns, Problem(failure));
        }
    }

    /// <summary>Creates it. One that somebody changed, so that it no longer denies, is removed by its UID and created again.</summary>
    public async Task<ActResult> InstallAsync(string ns, CancellationToken cancellation)
    {
        try
        {
            var created = await cache.NetworkPolicies.Api.CreateAsync(Of(ns), cancellation);
            if (created is ApiResult<NetworkPolicy>.AlreadyExists)
            {
                if (await cache.NetworkPolicies.Api.GetAsync(new(ns, WellKnown.QuarantinePolicy), cancellation) is not ApiResult<NetworkPolicy>.Ok { Value: var other } || Denies(other))
                    return new ActResult.Done(Unchanged: true);
                var removed = await cache.NetworkPolicies.Api.DeleteAsync(ObjectKey.Of(other.Metadata), new Deletion { Uid = other.Metadata.Uid }, cancellation);
                if (removed is not (ApiResult<Deleted>.Ok or ApiResult<Deleted>.NotFound))
                    return new ActResult.NotInstalled(Problem(removed, refused: true));
                created = await cache.NetworkPolicies.Api.CreateAsync(Of(ns), cancellation);
            }
            return created switch
            {
                ApiResult<NetworkPolicy>.Ok => new ActResult.Done(),
                ApiResult<NetworkPolicy>.AlreadyExists => new ActResult.Done(Unchanged: true),
                var refused => new ActResult.NotInstalled(Problem(refused, refused: true)),
            };
        }
        catch (ApiUnavailableException failure)
        {
            return new ActResult.NotInstalled(Problem(failure));
        }
    }

    /// <summary>It selects whatever has the quarantine label, governs both directions and has no rule.</summary>
    private static bool Denies(NetworkPolicy policy) =>
        policy.Facts is { AllowsAnything: false, GovernsIngress: true, GovernsEgress: true, Selector: { IsValid: true, MatchLabels: null or { Count: 0 } } selector }
        && selector.MatchExpressions is null or [] or [{ Key: WellKnown.QuarantineLabel, Operator: "Exists" }];

    private (bool, QuarantineProblem?) Unknown(string ns, QuarantineProblem problem) =>
        cache.NetworkPolicies.Store.Get(new(ns, WellKnown.QuarantinePolicy)) is { } seen && Denies(seen) ? (true, null) : (false, problem);

    private static QuarantineProblem Problem(ApiUnavailableException failure) => new(Clip(failure.Message), Refused: false, failure.RetryAfter);

    private static QuarantineProblem Problem<T>(ApiResult<T> refusal, bool refused) => refusal switch
    {
        ApiResult<T>.Throttled throttled => new(Clip(throttled.Message), Refused: false, throttled.RetryAfter),
        ApiResult<T>.Forbidden forbidden => new(Clip(forbidden.Message), refused),
        ApiResult<T>.Invalid invalid => new(Clip(invalid.Message), refused),
        ApiResult<T>.NotFound => new("its namespace is gone", refused),
        var other => new(Clip(other.ToString()), Refused: false),
    };

    /// <summary>The server's words, or those of a webhook, bounded.</summary>
    private static string Clip(string words) => words.Length <= 512 ? words : $"{words[..511]}…";

    private static NetworkPolicy Of(string ns) => new()
    {
        Metadata = new V1ObjectMeta
        {
            NamespaceProperty = ns,
            Name = WellKnown.QuarantinePolicy,
            Labels = new Dictionary<string, string> { ["app.kubernetes.io/managed-by"] = OperatorOptions.FieldManager },
        },
        Spec = new NetworkPolicySpec
        {
            PodSelector = new() { MatchExpressions = [new() { Key = WellKnown.QuarantineLabel, Operator = "Exists" }] },
            PolicyTypes = ["Ingress", "Egress"],
        },
    };
}
