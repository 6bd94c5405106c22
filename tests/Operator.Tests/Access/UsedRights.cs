using System.Collections.Concurrent;
using Operator.DevCluster.Authorization;
using Operator.DevCluster.Server;

namespace Operator.Tests.Access;

/// <summary>What the operators of all tests asked the API server for, on clusters where nothing was left out.</summary>
internal static class UsedRights
{
    private static readonly ConcurrentDictionary<GrantedRight, bool> Seen = [];
    private static readonly ConcurrentDictionary<string, bool> Faulty = [];

    public static IReadOnlySet<GrantedRight> All => Seen.Keys.ToHashSet();

    /// <summary>Calls that lie outside of what config/rbac grants, or that RBAC refused.</summary>
    public static IReadOnlyList<string> Outside => [.. Faulty.Keys.Order(StringComparer.Ordinal)];

    public static void Follow(TestCluster cluster) => cluster.Api.Requests.Finished += request =>
    {
        if (cluster.HasEveryRole && TestCluster.IsOperator(request))
            Record(request);
    };

    private static void Record(ApiRequest request)
    {
        var asked = AccessAttributes.Of(request);
        // What every authenticated user may: discovery, and questions about one's own rights.
        if (asked.Resource.Length == 0 || asked is { Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews" })
            return;
        var rights = ShippedRoles.Operator.Select(r => r.For(asked)).OfType<GrantedRight>().ToList();
        foreach (var right in rights)
            Seen.TryAdd(right, true);
        if (rights.Count == 0 || RefusedByRbac(request))
            Faulty.TryAdd($"{asked.Verb} {asked.CombinedResource} in API group \"{asked.Group}\"{(asked.Namespace.Length == 0 ? "" : $" in namespace {asked.Namespace}")}: {request.ResponseCode}", true);
    }

    /// <summary>Admission and quota answer 403 as well, in other words.</summary>
    private static bool RefusedByRbac(ApiRequest request) =>
        request.ResponseCode == 403 && ((string?)request.ResponseObject?["message"] ?? "").Contains("is forbidden: User \"", StringComparison.Ordinal);
}
