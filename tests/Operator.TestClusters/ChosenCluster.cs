using System.Collections.Concurrent;
using Operator.DevCluster;
using Xunit;

namespace Operator.TestClusters;

/// <summary>
/// The cluster that the tests run on, chosen by the environment: TEST_KUBECONFIG, else KUBEBUILDER_ASSETS, else the embedded one.
/// A cluster that was asked for and does not start fails the tests.
/// </summary>
public static class ChosenCluster
{
    private static readonly ConcurrentDictionary<string, string> LeftOut = new();

    public static ClusterKind Kind { get; } =
        Variable("TEST_KUBECONFIG") is not null ? ClusterKind.Existing
        : Variable("KUBEBUILDER_ASSETS") is not null ? ClusterKind.ApiServer
        : ClusterKind.Embedded;

    /// <summary>The version of the real API server, once one has started.</summary>
    public static string Version => SharedApiServer.Version;

    public static bool Offers(Capability capability) => WhyNot(capability) is null;

    /// <summary>Leaves the test out where the cluster cannot offer what it needs.</summary>
    public static void Needs(params Capability[] capabilities)
    {
        foreach (var capability in capabilities)
            if (WhyNot(capability) is { } reason)
            {
                LeftOut[TestContext.Current.Test?.TestDisplayName ?? TestContext.Current.TestClass?.TestClassName ?? "a fixture"] = $"{capability}: {reason}";
                Assert.Skip($"needs {capability}: {reason}");
            }
    }

    /// <summary>A cluster for one test alone, as good as new. Dispose gives it back.</summary>
    public static async Task<KubernetesCluster> StartAsync(EmbeddedClusterOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        return Kind switch
        {
            ClusterKind.ApiServer => await SharedApiServer.LeaseAsync(Variable("KUBEBUILDER_ASSETS")!, options, cancellation),
            ClusterKind.Existing => await ExistingCluster.LeaseAsync(Variable("TEST_KUBECONFIG")!, options, cancellation),
            _ => await EmbeddedCluster.StartAsync(options, cancellation),
        };
    }

    /// <summary>Which cluster ran, and which tests were left out for which reason.</summary>
    internal static IEnumerable<string> Report() =>
        [$"cluster: {Describe()}", .. LeftOut.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"left out: {l.Key} ({l.Value})")];

    private static string Describe() => Kind switch
    {
        ClusterKind.ApiServer => $"real kube-apiserver {SharedApiServer.Version}, with the controllers and kubelets of Operator.DevCluster",
        ClusterKind.Existing => "the one that TEST_KUBECONFIG names",
        _ => "embedded",
    };

    private static string? WhyNot(Capability capability) => (Kind, capability) switch
    {
        (ClusterKind.Embedded, Capability.AdmissionPolicies) => "the embedded API server evaluates no CEL",
        (ClusterKind.ApiServer, Capability.FakeClock) => "a real API server has its own clock",
        (ClusterKind.ApiServer, Capability.GarbageCollection or Capability.NamespaceDeletion) => "an API server alone has no garbage collector and no namespace controller",
        (ClusterKind.ApiServer, Capability.Compaction) => "the API server keeps its history for minutes, whatever its etcd forgets",
        (ClusterKind.Existing, Capability.Compaction) => "a whole cluster's history is its own",
        (ClusterKind.Existing, Capability.HandwrittenBudgets) => "a whole cluster has a disruption controller",
        (ClusterKind.Existing, Capability.SimulatedKubelets) => "a whole cluster's kubelets pull real images, and the tests' images exist only in the tests",
        (ClusterKind.Existing, Capability.AnyRequest) => "on somebody else's cluster the tests write only to what they made",
        (ClusterKind.Existing, Capability.FakeClock) => "a whole cluster has its own clock",
        _ => null,
    };

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
