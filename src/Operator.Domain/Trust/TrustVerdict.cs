namespace Operator.Domain.Trust;

/// <summary>What is known of an image that runs. Nothing is destroyed because it is not known.</summary>
public enum TrustVerdict
{
    /// <summary>It is known to be an image that may run.</summary>
    Trusted,

    /// <summary>It is known to be one that must not run.</summary>
    Untrusted,

    /// <summary>Neither is known: the runtime reports no digest that can be compared, and the pod names none.</summary>
    Unknown,
}

/// <summary>The verdict on several images together.</summary>
public static class TrustVerdicts
{
    /// <summary>One untrusted image makes the whole untrusted, one unknown image unknown; nothing at all is trusted.</summary>
    public static TrustVerdict Worst(this IEnumerable<TrustVerdict> verdicts)
    {
        var worst = TrustVerdict.Trusted;
        foreach (var verdict in verdicts)
        {
            if (verdict == TrustVerdict.Untrusted)
                return verdict;
            if (verdict == TrustVerdict.Unknown)
                worst = verdict;
        }
        return worst;
    }
}
