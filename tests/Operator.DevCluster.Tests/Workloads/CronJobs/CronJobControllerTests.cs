using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Operator.DevCluster.Images;

namespace Operator.DevCluster.Tests.Workloads.CronJobs;

/// <summary>Each on a cluster whose clock the test moves.</summary>
public sealed class CronJobControllerTests : IAsyncLifetime
{
    private const string Image = "registry.example/jobs/import:1";
    private const string Next = "registry.example/jobs/import:2";

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 30, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Start);
    private EmbeddedCluster cluster = null!;
    private Namespace space = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await EmbeddedCluster.StartAsync(ClusterFixture.Options with { Time = time }, TestContext.Current.CancellationToken);
        space = await Namespace.CreateAsync(cluster, "shop");
    }

    [Fact]
    public async Task A_Job_starts_each_time_it_is_due()
    {
        PushImages(ends: true);
        await CreateAsync();

        await UntilAsync("jobs", all => all.Count(j => j.ConditionOf("Complete") is not null) >= 2, "two have run");

        var jobs = await space.ListAsync("jobs");
        long first = new DateTimeOffset(2026, 1, 1, 0, 1, 0, TimeSpan.Zero).ToUnixTimeSeconds() / 60;
        jobs.Select(j => j.Name).Should().Contain([$"import-{first}", $"import-{first + 1}"]);
        jobs[0].OwnerReferences!.Single()!["kind"]!.GetValue<string>().Should().Be("CronJob");
        jobs[0].Annotations!.Text("batch.kubernetes.io/cronjob-scheduled-timestamp").Should().Be("2026-01-01T00:01:00Z");
        var cron = await UntilAsync("cronjobs", all => all.Single().TextAt("status", "lastSuccessfulTime").Length > 0, "the success is told");
        cron.Single().TextAt("status", "lastScheduleTime").Should().NotBeEmpty();
    }

    [Fact]
    public async Task A_patched_template_is_that_of_the_next_Job()
    {
        PushImages(ends: false);
        await CreateAsync();
        await UntilAsync("jobs", all => all.Count == 1, "it is due");

        await space.MergeAsync("cronjobs", "import", $$$"""
            {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "{{{Next}}}"}]} } } } } }
            """);

        var jobs = await UntilAsync("jobs", all => all.Count == 2, "it is due again");
        jobs.Select(j => ((JsonObject)j.At("spec", "template")!).Image).Should().Equal(Image, Next);
    }

    [Fact]
    public async Task With_Forbid_it_waits_for_the_Job_that_runs()
    {
        PushImages(ends: false);
        await CreateAsync("""{"concurrencyPolicy": "Forbid"}""");

        await UntilAsync("events", all => all.Any(e => e.Text("reason") == "JobAlreadyActive"), "it is due again");

        (await space.ListAsync("jobs")).Should().ContainSingle();
        (await space.GetAsync("cronjobs", "import")).Items("status", "active").Should().ContainSingle();
    }

    [Fact]
    public async Task With_Replace_the_Job_that_runs_goes()
    {
        PushImages(ends: false);
        await CreateAsync("""{"concurrencyPolicy": "Replace"}""");
        var first = (await UntilAsync("jobs", all => all.Count == 1, "it is due")).Single();

        await UntilAsync("jobs", all => all is [var only] && only.Uid != first.Uid, "another runs in its place");
    }

    [Fact]
    public async Task A_suspended_one_starts_nothing()
    {
        PushImages(ends: false);
        await CreateAsync("""{"suspend": true}""");

        await UntilAsync("cronjobs", _ => time.GetUtcNow() > Start.AddMinutes(5), "it would have been due");
        (await space.ListAsync("jobs")).Should().BeEmpty();

        await space.MergeAsync("cronjobs", "import", """{"spec": {"suspend": false}}""");
        await UntilAsync("jobs", all => all.Count == 1, "what was missed last is made up for");
    }

    [Fact]
    public async Task Only_the_newest_Jobs_are_kept()
    {
        PushImages(ends: true);
        await CreateAsync("""{"successfulJobsHistoryLimit": 1}""");

        var events = await UntilAsync("events", all => all.Count(e => e.Text("reason") == "SuccessfulDelete" && e.TextAt("involvedObject", "kind") == "CronJob") >= 2, "the oldest are deleted");

        events.Where(e => e.Text("reason") == "SuccessfulDelete").Select(e => e.Text("message")).Should().OnlyContain(m => m!.StartsWith("Deleted job import-", StringComparison.Ordinal));
        (await space.ListAsync("jobs")).Count.Should().BeLessThan(4);
    }

    [Fact]
    public async Task What_is_no_schedule_is_refused()
    {
        var answer = await space.Api.CreateAsync(space.PathOf("cronjobs"), CronJob("""{"schedule": "every day"}"""));

        answer.Message.Should().Be("CronJob.batch \"import\" is invalid: spec.schedule: Invalid value: \"every day\": expected exactly 5 fields, found 2: [every day]");
    }

    public async ValueTask DisposeAsync()
    {
        space.Dispose();
        await cluster.DisposeAsync();
    }

    private void PushImages(bool ends)
    {
        foreach (string tag in (string[])["1", "2"])
        {
            cluster.Images.Push("registry.example/jobs/import", tag, ImageRegistry.DigestOf(tag), new()
            {
                CrashesAfter = ends ? TimeSpan.FromSeconds(1) : TimeSpan.FromDays(1),
                ExitCode = 0,
            });
        }
    }

    private Task<JsonObject> CreateAsync(string more = "{}") => space.CreateAsync("cronjobs", CronJob(more));

    private static JsonObject CronJob(string more)
    {
        var template = Workload.Job("import", Image)["spec"]!.DeepClone();
        var cron = Objects.Of("batch/v1", "CronJob", "import");
        cron["spec"] = new JsonObject { ["schedule"] = "* * * * *", ["jobTemplate"] = new JsonObject { ["spec"] = template } };
        foreach (var (key, value) in (JsonObject)JsonNode.Parse(more)!)
            cron["spec"]![key] = value?.DeepClone();
        return cron;
    }

    /// <summary>Lets time pass until a list is as it should be.</summary>
    private Task<IReadOnlyList<JsonObject>> UntilAsync(string plural, Func<IReadOnlyList<JsonObject>, bool> condition, string what) =>
        space.UntilAsync(plural, all =>
        {
            if (condition(all))
                return true;
            time.Advance(TimeSpan.FromSeconds(2));
            return false;
        }, what);
}
