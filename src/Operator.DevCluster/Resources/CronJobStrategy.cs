using System.Text.Json.Nodes;
using Operator.DevCluster.Server;
using Operator.DevCluster.Workloads.CronJobs;

namespace Operator.DevCluster.Resources;

/// <summary>CronJobs: what can be read as a schedule, and a template of Jobs that may change.</summary>
internal sealed class CronJobStrategy : ResourceStrategy
{
    /// <summary>The name of a Job adds eleven characters.</summary>
    private const int LongestName = 52;

    public override bool CountsGenerations => true;

    public override void Default(JsonObject json) => Workloads.CronJob(json.Ensure("spec"));

    public override IEnumerable<StatusCause> Validate(JsonObject json)
    {
        if (json.Name.Length > LongestName)
            yield return StatusCause.Invalid("metadata.name", $"\"{json.Name}\"", $"must be no more than {LongestName} characters");
        string schedule = json.TextAt("spec", "schedule");
        if (schedule.Length == 0)
            yield return StatusCause.Required("spec.schedule");
        else if (Unreadable(schedule) is { } why)
            yield return StatusCause.Invalid("spec.schedule", $"\"{schedule}\"", why);
        if (json.At("spec", "jobTemplate", "spec", "template", "spec") is not JsonObject pod)
        {
            yield return StatusCause.Required("spec.jobTemplate.spec.template.spec");
            yield break;
        }
        foreach (var cause in PodValidation.Validate(pod, "spec.jobTemplate.spec.template.spec"))
            yield return cause;
        foreach (var cause in JobStrategy.RestartPolicy(json, "spec.jobTemplate.spec.template.spec.restartPolicy", "spec", "jobTemplate", "spec", "template", "spec"))
            yield return cause;
    }

    private static string? Unreadable(string schedule)
    {
        try
        {
            CronSchedule.Parse(schedule);
            return null;
        }
        catch (FormatException unreadable)
        {
            return unreadable.Message;
        }
    }
}
