using Operator.DevCluster.Images;

namespace Operator.DevCluster.Tests.Commands;

/// <summary>kubectl logs.</summary>
public sealed class LogsTests(ClusterFixture whole) : IDisposable
{
    private readonly Kubectl kubectl = Kubectl.For(whole.Cluster);

    [Fact]
    public async Task Follow_ends_with_the_container()
    {
        using var space = await whole.NamespaceAsync();
        whole.Cluster.Images.Push("registry.example/jobs/talk", "1", ImageRegistry.DigestOf("talk"), new() { Logs = ["one", "two"], CrashesAfter = TimeSpan.FromMilliseconds(200), ExitCode = 0 });
        await space.CreateAsync("jobs", Workload.Job("talk", "registry.example/jobs/talk:1"));
        await space.UntilAsync("pods", all => all.Any(p => p.TextAt("status", "phase") is "Running" or "Succeeded"), "it runs");

        (await kubectl.OutputAsync($"logs -f job/talk -n {space.Name}")).Should().Be("one\ntwo\n");
        (await kubectl.OutputAsync($"logs -l job-name=talk -n {space.Name} --prefix --tail=1")).Should().MatchRegex(@"^\[pod/talk-\w+/main\] two\n$");
    }

    [Fact]
    public async Task A_log_can_be_followed_before_there_is_anything_in_it()
    {
        using var space = await whole.NamespaceAsync();
        await space.CreateAsync("pods", Objects.Pod("quiet"));
        var pod = (await space.ReadyPodsAsync(1))[0];
        using HttpClient http = new() { BaseAddress = whole.Cluster.Address };

        using StreamReader log = new(await http.GetStreamAsync($"{space.PathOf("pods", "quiet")}/log?follow=true", TestContext.Current.CancellationToken));
        whole.Cluster.Server.Logs.Append(pod.Uid, "main", new(TimeProvider.System.GetUtcNow(), "hello"));

        (await log.ReadLineAsync(TestContext.Current.CancellationToken)).Should().Be("hello");
    }

    [Fact]
    public async Task Logs_says_what_it_cannot_find()
    {
        using var space = await whole.NamespaceAsync();
        await space.CreateAsync("pods", Objects.Pod("p"));
        await space.ReadyPodsAsync(1);

        (await kubectl.RunAsync($"logs nope -n {space.Name}")).Error.Should().Contain("pods \"nope\" not found");
        (await kubectl.RunAsync($"logs p -c nope -n {space.Name}")).Error.Should().Contain("container nope is not valid for pod p");
        (await kubectl.RunAsync($"logs p --previous -n {space.Name}")).Error.Should().Contain("previous terminated container \"main\" in pod \"p\" not found");
    }

    public void Dispose() => kubectl.Dispose();
}
