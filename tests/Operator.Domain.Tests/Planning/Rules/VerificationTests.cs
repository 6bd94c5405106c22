using Operator.Domain.Planning;
using Operator.Domain.Tests.Planning.Simulation;

namespace Operator.Domain.Tests.Planning.Rules;

public sealed class VerificationTests
{
    [Fact]
    public void Ready_and_trusted_pods_are_recorded_soaked_and_the_end()
    {
        Seen.Replaced().Says().Should().Be("record the replacement");
        Seen.Soaking().Says().Should().StartWith("wait until 0.00:02:00").And.Contain("Soaking");
        (Seen.Soaking() with { Now = Seen.Now.AddMinutes(2) }).Says().Should().StartWith("END Succeeded (Verified)");
    }

    [Fact]
    public void Without_a_soak_the_end_records_the_replacement_too()
    {
        var replaced = Seen.Replaced();
        var settings = replaced.Episode.Settings with { Soak = TimeSpan.Zero };

        (replaced with { Episode = replaced.Episode with { Settings = settings } }).Says().Should().StartWith("END Succeeded (Verified)");
    }

    [Fact]
    public void Every_container_of_the_template_is_looked_at_by_what_it_runs()
    {
        IReadOnlyList<TemplateContainer> template = [.. Images.Pinned, new("sidecar", $"shop/web:v1@{Images.Good}")];
        var two = Seen.Replaced() with { Workload = Seen.Deployment(template) };
        two.Says().Should().Contain("it is not known which image the replacement web-4 runs: it has no container sidecar");
        Container ran = new("sidecar", "shop/web:v1", $"shop/web@{Images.Bad}");
        (two with { Pods = [.. two.Pods.Select(p => p.Name == "web-2" ? p with { Containers = [.. p.Containers, ran] } : p with { Containers = [.. p.Containers, ran with { ImageId = Images.Good }] })] }).Says().Should().StartWith("record the removal of web-2");
        (two with { Pods = [.. two.Pods.Select(p => p with { Containers = [.. p.Containers, ran with { ImageId = Images.Good }] })] }).Says().Should().Be("record the replacement");
    }

    [Fact]
    public void Containers_that_are_not_in_the_template_are_not_judged() =>
        (Seen.Replaced() with { Pods = [.. Seen.Replaced().Pods.Select(p => p with { Containers = [.. p.Containers, new("injected", "mesh:latest", "sha256:other")] })] })
            .Says().Should().Be("record the replacement");

    [Fact]
    public void Fewer_pods_than_wanted_are_not_enough_and_a_paused_rollouts_surge_is()
    {
        (Seen.Replaced() with { Pods = [.. Seen.Replaced().Pods.Take(2)] }).Says().Should().Contain("2 of 3 pods are Ready and trusted");
        (Seen.Replaced() with { Pods = [.. Seen.Replaced().Pods, Seen.Pod("web-5", Images.Good)] }).Says().Should().Be("record the replacement");
        (Seen.Replaced() with { Pods = [.. Seen.Replaced().Pods, Seen.Pod("web-5", Images.Bad) with { Finished = true }] }).Says().Should().Be("record the replacement", "a finished pod serves nobody");
    }

    [Fact]
    public void What_keeps_a_replacement_from_being_Ready_is_told_in_its_own_words_and_the_deadline_else()
    {
        var unready = Seen.Replaced() with { Pods = [.. Seen.Replaced().Pods.Take(2), Seen.Pod("web-4", Images.Good) with { Ready = false }] };
        unready.Says().Should().StartWith("wait until 0.00:10:00");
        (unready with { Now = Seen.Now.AddMinutes(10) }).Says().Should().StartWith("BLOCKED (VerificationOverdue): 2 of 3 pods");
        (unready with { Pods = [.. unready.Pods.Take(2), unready.Pods[2] with { Problem = ("Unschedulable", "0/3 nodes are available") }] }).Says().Should().StartWith("BLOCKED (Unschedulable): 0/3 nodes are available");
        (unready with { Pods = [.. unready.Pods.Take(2)], Workload = unready.Workload! with { Problem = ("QuotaExceeded", "exceeded quota: pods") } }).Says().Should().StartWith("BLOCKED (QuotaExceeded): exceeded quota: pods");
    }

    [Fact]
    public void The_deadline_counts_from_the_last_pod_that_was_taken_out()
    {
        var later = Seen.Replaced() with { Now = Seen.Now.AddMinutes(12), Pods = [.. Seen.Replaced().Pods.Take(2)] };
        later.Says().Should().StartWith("BLOCKED (VerificationOverdue)");
        (later with { Progress = later.Progress with { Removals = [.. later.Progress.Removals, new("uid-web-9", Seen.Now.AddMinutes(11))] } }).Says().Should().StartWith("wait until 0.00:21:00");
    }

    [Fact]
    public void A_finding_on_a_replacement_ends_it_even_when_the_next_episode_has_already_taken_that_pod_out()
    {
        var again = Seen.Soaking() with { FindingsOnReplacements = [World.Rule] };
        again.Says().Should().Be($"END Recompromised (Recompromised): \"{World.Rule}\" fired on a replacement");
        (again with { Pods = [.. again.Pods.Take(1)], Workload = Seen.Deployment(Images.Tagged) }).Says().Should().StartWith("END Recompromised");
        (again with { Progress = Seen.Replaced().Progress }).Says().Should().Be("record the replacement", "before it is recorded there is no replacement");
    }

    [Fact]
    public void A_workload_that_wants_no_more_pods_is_done() =>
        (Seen.Pinned() with { Target = Seen.Target with { Quarantined = true, DetachedAt = Seen.Now, RetainUntil = Seen.Now.AddDays(1) }, Workload = Seen.Deployment(Images.Pinned) with { Replicas = 0 }, Pods = [] })
            .Says().Should().Be("END Succeeded (NoReplacementNeeded): Deployment web wants no more pods");

    [Fact]
    public void Replacements_are_the_pods_that_came_after_the_start_and_not_their_siblings()
    {
        var late = Seen.Replaced() with { Progress = Seen.Replaced().Progress with { ReplacementStartedAt = Seen.Now.AddMilliseconds(900) } };
        late.Replacements.Select(p => p.Name).Should().Equal(["web-4"], "creation times are whole seconds");
        (late with { Episode = late.Episode with { YoungSiblings = ["uid-web-4"] } }).Replacements.Select(p => p.Name).Should().NotEqual(["web-4"], "it was there before");
        (late with { Progress = late.Progress with { ReplacementStartedAt = Seen.Now.AddHours(1) } }).Replacements.Should().HaveCount(3, "where clocks disagree, any may be one");
        (Seen.Captured() with { Target = null }).Replacements.Select(p => p.Name).Should().Equal("web-2", "web-3");
    }
}
