namespace Operator.Demo;

/// <summary>One alert to send, and how it should end: an outcome of a recovery, or null where there is nothing to recover.</summary>
internal sealed record Alert(string File, byte[] Body, string? Expected);

/// <summary>What is set up on the cluster, and which alerts are then sent.</summary>
internal interface IScenario
{
    Task<IReadOnlyList<Alert>> PrepareAsync(Platform platform, CancellationToken cancellation);
}
