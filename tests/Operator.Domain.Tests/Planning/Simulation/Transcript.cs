using System.Text;
using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>A whole recovery as a text to review: when, which rule answered, what it decided, and what the world did.</summary>
internal static class Transcript
{
    private const int MostDecisions = 200;

    public static void Check(string name, World world)
    {
        var told = Tell(world);
        told.Should().Be(Repository.Golden($"Planning/Transcripts/{name}.txt", told), "{0}.txt says so; {1}=1 rewrites it", name, Repository.Update);
    }

    public static string Tell(World world)
    {
        var text = new StringBuilder($"{world.Title}\n\n");
        var last = "";
        for (var decisions = 0; ; decisions++)
        {
            decisions.Should().BeLessThan(MostDecisions, "a recovery ends or waits for somebody:\n{0}", text);
            foreach (var (at, what) in world.Heard)
                text.Append($"{Words.Say(at)}    · {what}\n");
            world.Heard.Clear();

            var seen = world.Observe();
            var (rule, decision) = Answer(seen);
            Words.Say(decision).Should().Be(Words.Say(RecoveryPlanner.Decide(seen)));
            // A wait that is looked at again and goes on for the same reason is no news.
            var news = decision is Decision.Wait w ? $"{w.Reason} {w.Message}" : Words.Say(decision);
            if (news != last || decision is Decision.Act)
                text.Append($"{Words.Say(world.Now)}  {rule}\n                 {Words.Say(decision)}\n");
            last = news;

            switch (decision)
            {
                case Decision.Act { Step: var step }:
                    Safety.Check(seen, step);
                    world.Apply(step);
                    break;
                case Decision.Wait wait:
                    wait.Until.Should().BeAfter(world.Now, "a wait is for something to come:\n{0}", text);
                    world.Remember(wait);
                    world.Advance(RecoveryPlanner.QuarantineDue(seen) is { } due && due < wait.Until ? due : wait.Until);
                    break;
                case Decision.Block when world.Advance(RecoveryPlanner.QuarantineDue(seen)):
                    break;
                default:
                    return Images.Named(text.Append('\n').Append(Left(world)).ToString());
            }
        }
    }

    private static (string Rule, Decision Decision) Answer(Observation seen)
    {
        foreach (var (mustHold, rule) in RecoveryPlanner.Protocol)
        {
            if (rule(seen) is { } decision)
                return (mustHold, decision);
        }
        return ("all of it holds", RecoveryPlanner.Decide(seen));
    }

    private static string Left(World world)
    {
        var left = new StringBuilder("In the end\n");
        if (world.Makes && !world.WorkloadGone)
            left.Append($"  {world.Owner} web{(world.Paused ? $", paused by {world.PausedBy ?? "its user"}" : "")}: {string.Join(", ", world.Template.Select(c => c.Image))}\n");
        foreach (var pod in world.Pods)
        {
            string[] state =
            [
                .. pod.Containers.Select(c => c.ImageId!),
                pod.Terminating ? "stopping" : pod.Ready ? "Ready" : "not Ready",
                .. pod.Quarantined ? ["quarantined"] : Array.Empty<string>(),
                .. pod.DetachedAt is not null ? ["detached"] : Array.Empty<string>(),
            ];
            left.Append($"  {pod.Name}: {string.Join(", ", state)}\n");
        }
        foreach (var note in world.Notes)
            left.Append($"  Noted: {note}\n");
        return left.ToString();
    }
}
