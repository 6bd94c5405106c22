namespace Operator.TestClusters;

/// <summary>The clusters that the suite runs on.</summary>
public enum ClusterKind
{
    /// <summary>Operator.DevCluster, in the test's own process.</summary>
    Embedded,

    /// <summary>A real kube-apiserver and etcd that the test host starts, found in the folder that KUBEBUILDER_ASSETS names.</summary>
    ApiServer,

    /// <summary>A cluster that is already there, named by TEST_KUBECONFIG.</summary>
    Existing,
}
