[assembly: AssemblyFixture(typeof(ClusterReport))]
[assembly: AssemblyFixture(typeof(Operator.Admission.Tests.Installation))]

namespace Operator.Admission.Tests;

/// <summary>What API servers decide by the policies as they are shipped: so only where there is CEL.</summary>
public abstract class AdmissionTest
{
    private protected AdmissionTest(Installation installation)
    {
        ChosenCluster.Needs(Capability.AdmissionPolicies);
        Installation = installation;
    }

    private protected Installation Installation { get; }
}
