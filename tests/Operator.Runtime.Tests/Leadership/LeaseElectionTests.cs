using System.Net;
using Operator.DevCluster;
using Operator.DevCluster.Server;

namespace Operator.Runtime.Tests.Leadership;

/// <summary>Invariant 6.</summary>
public sealed class LeaseElectionTests : IAsyncLifetime
{
    private MapServer server = null!;

    private KubernetesCluster Cluster => server.Cluster;

    public async ValueTask InitializeAsync() => server = await MapServer.StartAsync();

    [Fact]
    public async Task The_first_is_elected_and_the_lease_names_it()
    {
        await using var a = Elector.Start(Cluster, "a");
        await a.LeadsAsync();

        var lease = (await a.Leases.GetAsync(Elector.Lease, TestContext.Current.CancellationToken)).Required();
        (lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.LeaseTransitions).Should().Be(("a", 15, 0));
        lease.Spec.AcquireTime.Should().Be(a.Time.Start);
    }

    [Fact]
    public async Task A_leader_renews_and_its_followers_stay_followers()
    {
        await using var a = Elector.Start(Cluster, "a");
        await a.LeadsAsync();
        await using var b = Elector.Start(Cluster, "b");

        await TogetherAsync(60, a, b);

        (a.Leads, b.Leads).Should().Be((true, false));
        b.Transport.Sent.Should().OnlyContain(s => s.Method == "GET", "a follower only looks");
        (await a.Leases.GetAsync(Elector.Lease, TestContext.Current.CancellationToken)).Required().Spec.AcquireTime.Should().Be(a.Time.Start);
    }

    [Fact]
    public async Task Losing_the_lease_cancels_and_exits_before_anybody_else_may_lead()
    {
        await using var a = Elector.Start(Cluster, "a");
        await a.LeadsAsync();
        await using var b = Elector.Start(Cluster, "b");
        a.Transport.Answer = (_, _) => throw new HttpRequestException("a is cut off");

        await TogetherAsync(20, a, b);

        a.Running.IsCompletedSuccessfully.Should().BeTrue("a process that lost its lease exits");
        a.Ended.Should().BeLessThanOrEqualTo(LeaseElection.RenewDeadline);
        b.Leads.Should().BeTrue();
        b.Elected.Should().BeGreaterThanOrEqualTo(LeaseElection.Duration);
        (await b.HolderAsync()).Should().Be("b");
    }

    [Fact]
    public async Task A_renewal_that_hangs_does_not_put_off_the_deadline()
    {
        await using var a = Elector.Start(Cluster, "a");
        await a.LeadsAsync();
        await using var b = Elector.Start(Cluster, "b");
        a.Transport.Answer = async (_, cancellation) =>
        {
            if (a.Time.Elapsed < TimeSpan.FromSeconds(7))
                throw new HttpRequestException("refused");
            await a.HangAsync(Task.Delay(Timeout.InfiniteTimeSpan, a.Time, cancellation));
            return null;
        };

        await TogetherAsync(20, a, b);

        a.Ended.Should().BeLessThanOrEqualTo(LeaseElection.RenewDeadline);
        b.Leads.Should().BeTrue();
    }

    [Fact]
    public async Task A_renewal_counts_from_when_it_was_sent_not_from_when_its_answer_came()
    {
        await using var a = Elector.Start(Cluster, "a");
        await a.LeadsAsync();
        await using var b = Elector.Start(Cluster, "b");
        TaskCompletionSource answered = new();
        var puts = 0;
        Cluster.Faults.After = async request =>
        {
            if (request is { UserAgent: "a", Verb: "update" } && Interlocked.Increment(ref puts) == 1)
                await a.HangAsync(answered.Task);
            return null;
        };
        await TogetherAsync(2, a, b);
        await Waiting.UntilAsync(() => Task.FromResult(puts == 1), "the renewal is stored");
        await TogetherAsync(8, a, b);
        answered.SetResult();
        a.Transport.Answer = (_, _) => throw new HttpRequestException("a is cut off");

        await TogetherAsync(12, a, b);

        a.Ended.Should().BeLessThanOrEqualTo(TimeSpan.FromSeconds(12) + LeaseElection.RetryPeriod);
        b.Leads.Should().BeTrue();
    }

    [Fact]
    public async Task A_late_renewal_never_takes_the_lease_again()
    {
        await using var a = Elector.Start(Cluster, "a");
        await a.LeadsAsync();
        await using var b = Elector.Start(Cluster, "b");
        // The process of a sleeps: its clock stands still.
        await b.Time.PassUntilAsync(TimeSpan.FromMilliseconds(500), () => b.Leads, "b leads");
        await b.StopAsync();
        (await b.HolderAsync()).Should().BeNullOrEmpty("b gave the lease back");

        a.Time.Advance(LeaseElection.RetryPeriod);
        await a.Running.WaitAsync(Waiting.Patience, TimeProvider.System, TestContext.Current.CancellationToken);

        a.Leads.Should().BeFalse("somebody else led since");
        a.Transport.Sent.Count(s => s.Method == "PUT").Should().Be(0);
    }

    [Fact]
    public async Task A_leader_that_slept_past_its_deadline_stops_even_if_nobody_took_over()
    {
        await using var a = Elector.Start(Cluster, "a");
        await a.LeadsAsync();

        a.Time.Advance(LeaseElection.RenewDeadline);

        await a.Running.WaitAsync(Waiting.Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        a.Leads.Should().BeFalse();
    }

    [Fact]
    public async Task A_leader_that_sees_another_holder_stops_at_once()
    {
        await using var a = Elector.Start(Cluster, "a");
        await a.LeadsAsync();
        var lease = (await a.Leases.GetAsync(Elector.Lease, TestContext.Current.CancellationToken)).Required();
        lease.Spec.HolderIdentity = "thief";
        (await a.Leases.ReplaceAsync(lease, cancellation: TestContext.Current.CancellationToken)).Required();

        await TogetherAsync(3, a);

        a.Running.IsCompleted.Should().BeTrue();
        (await a.HolderAsync()).Should().Be("thief");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_jump_of_the_clock_changes_nothing(int hours)
    {
        await using var a = Elector.Start(Cluster, "a");
        await a.LeadsAsync();
        await using var b = Elector.Start(Cluster, "b");
        await TogetherAsync(4, a, b);

        foreach (var elector in (Elector[])[a, b])
        {
            elector.Time.Jump(TimeSpan.FromHours(hours));
            await TogetherAsync(20, a, b);
            (a.Leads, b.Leads).Should().Be((true, false), "after a jump of {0}'s clock", elector.Name);
        }
    }

    [Fact]
    public async Task The_lease_is_released_on_stop_and_the_next_leads_at_its_next_look()
    {
        await using var a = Elector.Start(Cluster, "a");
        await a.LeadsAsync();
        await using var b = Elector.Start(Cluster, "b");
        await TogetherAsync(4, a, b);

        await a.StopAsync();
        (await a.HolderAsync()).Should().BeNullOrEmpty();
        await TogetherAsync(3, b);

        b.Leads.Should().BeTrue();
        (await b.Leases.GetAsync(Elector.Lease, TestContext.Current.CancellationToken)).Required().Spec.LeaseTransitions.Should().Be(1);
    }

    [Fact]
    public async Task A_leader_whose_work_fails_releases_the_lease_and_fails()
    {
        await using var a = Elector.Start(Cluster, "a", _ => throw new InvalidOperationException("a bug"));
        var running = () => a.Running.WaitAsync(Waiting.Patience, TimeProvider.System);

        await running.Should().ThrowAsync<InvalidOperationException>();

        (await a.HolderAsync()).Should().BeNullOrEmpty();
    }

    [Fact]
    public async Task Work_that_ends_by_itself_ends_the_term()
    {
        await using var a = Elector.Start(Cluster, "a", _ => Task.CompletedTask);
        await a.Running.WaitAsync(Waiting.Patience, TimeProvider.System, TestContext.Current.CancellationToken);

        (await a.HolderAsync()).Should().BeNullOrEmpty();
    }

    [Fact]
    public async Task Work_that_does_not_heed_its_cancellation_does_not_keep_the_process_and_the_lease_runs_out()
    {
        TaskCompletionSource never = new();
        await using var a = Elector.Start(Cluster, "a", _ => never.Task);
        await Waiting.UntilAsync(() => Task.FromResult(a.Transport.Sent.Any(s => s.Method == "POST")), "a is elected");
        a.Transport.Answer = (_, _) => throw new HttpRequestException("a is cut off");

        await a.Time.PassUntilAsync(TimeSpan.FromMilliseconds(500), () => a.Running.IsCompleted, "the election gave up waiting");

        a.Transport.Answer = (_, _) => Task.FromResult<HttpResponseMessage?>(null);
        (await a.HolderAsync()).Should().Be("a", "what still works is not declared over");
        never.SetResult();
    }

    [Fact]
    public async Task Whoever_stops_while_its_lease_is_being_made_does_not_leave_it_behind()
    {
        TaskCompletionSource stored = new(), over = new();
        Cluster.Faults.After = async request =>
        {
            if (request.Verb == "create")
            {
                stored.SetResult();
                await over.Task;
            }
            return null;
        };
        await using var a = Elector.Start(Cluster, "a");
        await stored.Task;

        await a.StopAsync();

        over.SetResult();
        (await a.HolderAsync()).Should().BeNullOrEmpty();
    }

    [Fact]
    public async Task An_acquisition_whose_answer_came_too_late_is_none()
    {
        TaskCompletionSource answered = new();
        Cluster.Faults.After = async request =>
        {
            if (request is { Verb: "create", UserAgent: "a" })
                await answered.Task;
            return null;
        };
        await using var a = Elector.Start(Cluster, "a");
        await Waiting.UntilAsync(async () => (await Cluster.Requests.WritesAsync()).Count == 1, "the lease is stored");
        await using var b = Elector.Start(Cluster, "b");
        await b.Time.PassUntilAsync(TimeSpan.FromMilliseconds(500), () => b.Leads, "b leads");

        a.Time.Advance(TimeSpan.FromSeconds(16));
        answered.SetResult();
        await TogetherAsync(4, a, b);

        (a.Leads, b.Leads).Should().Be((false, true));
    }

    [Fact]
    public async Task Two_never_lead_at_once_through_conflicts_and_failures()
    {
        var round = 0;
        Cluster.Faults.Before = request => new(Interlocked.Increment(ref round) % 3 == 0 ? new Fault.Respond(new(503, "ServiceUnavailable", "no")) : null);
        Cluster.Faults.After = request => new(round % 7 == 0 && request.IsWrite ? new Fault.Drop() : null);
        await using var a = Elector.Start(Cluster, "a");
        await using var b = Elector.Start(Cluster, "b");
        await using var c = Elector.Start(Cluster, "c");

        for (var second = 0; second < 60; second++)
        {
            await TogetherAsync(1, a, b, c);
            ((Elector[])[a, b, c]).Count(e => e.Leads).Should().BeLessThanOrEqualTo(1);
        }
        ((Elector[])[a, b, c]).Should().Contain(e => e.Elected != null);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    public async Task A_candidate_that_is_refused_tries_again(HttpStatusCode code)
    {
        var refused = 0;
        await using var a = Elector.Start(Cluster, "a");
        a.Transport.Answer = (_, _) => Task.FromResult(refused++ < 3 ? Reply.Text(code, "no") : null);

        await a.Time.PassUntilAsync(TimeSpan.FromMilliseconds(100), () => a.Leads, "a leads");
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    /// <summary>Lets seconds pass on several clocks alike. Each elector that is at rest has looked at the lease before the next step.</summary>
    private static async Task TogetherAsync(int seconds, params Elector[] electors)
    {
        for (var step = 0; step < seconds * 2; step++)
        {
            foreach (var elector in electors)
                elector.Time.Advance(TimeSpan.FromMilliseconds(500));
            await Waiting.UntilAsync(() => Task.FromResult(electors.All(e => e.IsAtRest)), "every elector rests");
        }
    }
}
