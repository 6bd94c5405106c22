using Operator.Api.V1Alpha1;

namespace Operator.Recoveries;

/// <summary>Sets conditions as Kubernetes does: the transition time moves only with the status.</summary>
internal static class StatusConditions
{
    public static void Set(this List<StatusCondition> conditions, string type, bool? status, string reason, string message, long generation, DateTimeOffset now)
    {
        var value = status switch { true => "True", false => "False", null => "Unknown" };
        var old = conditions.FirstOrDefault(c => c.Type == type);
        var next = new StatusCondition
        {
            Type = type,
            Status = value,
            Reason = reason,
            Message = message,
            ObservedGeneration = generation,
            LastTransitionTime = old?.Status == value ? old.LastTransitionTime : WholeSecond(now),
        };
        if (old is null)
            conditions.Add(next);
        else
            conditions[conditions.IndexOf(old)] = next;
    }

    /// <summary>meta/v1's Time has no fractions.</summary>
    private static DateTimeOffset WholeSecond(DateTimeOffset time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerSecond), time.Offset);
}
