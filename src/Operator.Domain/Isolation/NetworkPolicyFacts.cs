using Operator.Domain.Policies;

namespace Operator.Domain.Isolation;

/// <summary>What isolation needs to know of a NetworkPolicy: which pods it selects, and whether it lets anything through.</summary>
/// <param name="Name">Its name in its namespace.</param>
/// <param name="Selector">Its podSelector; null where it is too large to be kept, and may then select any pod.</param>
/// <param name="Types">Its policyTypes; null or empty where they follow from its rules.</param>
/// <param name="IngressRules">How many ingress rules it has. Each allows something, an empty rule everything.</param>
/// <param name="OutsideRules">How many of them allow addresses or every source, and not only pods.</param>
/// <param name="EgressRules">The same of egress.</param>
public sealed record NetworkPolicyFacts(string Name, LabelSelector? Selector, IReadOnlyList<string>? Types, int IngressRules, int OutsideRules, int EgressRules)
{
    /// <summary>It isolates the pods that it selects for ingress. Without policyTypes every policy does.</summary>
    public bool GovernsIngress => Types is not { Count: > 0 } || Types.Contains("Ingress");

    /// <summary>The same for egress. Without policyTypes only a policy with egress rules does.</summary>
    public bool GovernsEgress => Types is { Count: > 0 } ? Types.Contains("Egress") : EgressRules > 0;

    /// <summary>Rules of a direction that its policyTypes leave out have no effect.</summary>
    public bool AllowsIngress => GovernsIngress && IngressRules > 0;

    /// <summary>It lets traffic in that comes from no pod: from nodes, or from outside the cluster.</summary>
    public bool AllowsOutside => GovernsIngress && OutsideRules > 0;

    public bool AllowsEgress => GovernsEgress && EgressRules > 0;

    public bool AllowsAnything => AllowsIngress || AllowsEgress;

    /// <summary>What is too large to be evaluated, or not valid, may select any pod.</summary>
    public bool Selects(IReadOnlyDictionary<string, string> labels) => Selector is not { IsValid: true } || Selector.Matches(labels);
}
