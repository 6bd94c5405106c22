namespace Operator.DevCluster.Resources;

/// <summary>Reviews: questions, answered and never stored.</summary>
internal sealed class ReviewStrategy : ResourceStrategy
{
    public override bool IsStored => false;
}
