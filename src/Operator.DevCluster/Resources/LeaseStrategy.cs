using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>Leases: times to the microsecond, and a duration that is one.</summary>
internal sealed class LeaseStrategy : ResourceStrategy
{
    public override void Default(JsonObject json)
    {
        MicroTime.Require(json, "spec", "acquireTime");
        MicroTime.Require(json, "spec", "renewTime");
    }

    public override IEnumerable<StatusCause> Validate(JsonObject json)
    {
        if (json.NumberAt("spec", "leaseDurationSeconds") is <= 0 and var duration)
            yield return StatusCause.Invalid("spec.leaseDurationSeconds", $"{duration}", "must be greater than 0");
        if (json.NumberAt("spec", "leaseTransitions") is < 0 and var transitions)
            yield return StatusCause.Invalid("spec.leaseTransitions", $"{transitions}", "must be greater than or equal to 0");
    }
}
