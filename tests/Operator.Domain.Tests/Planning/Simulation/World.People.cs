using Operator.Domain.Planning;

namespace Operator.Domain.Tests.Planning.Simulation;

/// <summary>What people and their tools do between the operator's steps.</summary>
internal sealed partial class World
{
    private readonly List<(Type Step, string What, Action<World> Happens, bool Always)> reactions = [];

    public World PausedByItsUser()
    {
        Paused = true;
        return this;
    }

    /// <summary>As often as that, half a minute apart.</summary>
    public World Repeatedly(int times, string what, Action<World> happens)
    {
        for (var i = 1; i <= times; i++)
            After(TimeSpan.FromSeconds(30 * i), what, happens);
        return this;
    }

    public World CancelledAfter<T>(Action<World>? andMore = null)
        where T : Step
    {
        reactions.Add((typeof(T), "somebody cancels it", w => { w.Cancelled = true; andMore?.Invoke(w); }, false));
        return this;
    }

    public World RevertedAfter<T>(IReadOnlyList<TemplateContainer> template)
        where T : Step
    {
        reactions.Add((typeof(T), "the GitOps tool puts the tag back", w => w.Template = template, true));
        return this;
    }

    public World TakenAwayAfter<T>(string what, Action<World> happens)
        where T : Step
    {
        reactions.Add((typeof(T), what, happens, false));
        return this;
    }

    public World Broken(string pod)
    {
        var life = lives.Values.Single(l => l.Pod.Name == pod);
        life.Pod = life.Pod with { Ready = false };
        broken.Add(pod);
        return this;
    }

    public void Recover(string pod) => broken.Remove(pod);

    private void React(Step step)
    {
        foreach (var reaction in reactions.Where(r => r.Step == step.GetType()).ToList())
        {
            Hear(reaction.What);
            reaction.Happens(this);
            if (!reaction.Always)
                reactions.Remove(reaction);
        }
    }
}
