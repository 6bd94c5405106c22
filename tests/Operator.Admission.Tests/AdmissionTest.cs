[assembly: AssemblyFixture(typeof(ClusterReport))]
[assembly: AssemblyFixture(typeof(Operator.Admission.Tests.Installation))]

namespace Operator.Admission.Tests;

/// <summary>What API servers decide by the policies as they are shipped: so only where there is CEL.</summary>
public abstract class AdmissionTest
{
    private protected AdmissionTest(Installation installation)
    {
        ChosenCluster.Needs(Capability.AdmissionPolicies);
        // Its policies bind everybody, and protected namespaces are among what is tried.
        ChosenCluster.Needs(Capability.AnyRequest);
        Installation = installation;
    }

    private protected Installation Installation { get; }
}
