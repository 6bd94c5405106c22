namespace Operator.Domain.Findings;

/// <summary>How bad a finding is, over all sources, from harmless to certain.</summary>
public enum Severity
{
    Informational,
    Low,
    Medium,
    High,
    Critical,
}
