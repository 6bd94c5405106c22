using k8s.Models;

namespace Operator.Tests.Installation;

/// <summary>What `helm test` runs.</summary>
public sealed class InstallationCheckTests : ShopTest
{
    private const string Token = "correct-horse-battery-staple";
    private readonly string folder = Directory.CreateTempSubdirectory("check-").FullName;

    [Fact]
    public async Task A_finding_gets_through_to_a_recorded_plan_and_nothing_happens_to_the_pod()
    {
        await Cluster.SourceAsync(Token);
        await Cluster.PolicyAsync(Shop, "mode: Observe");
        var pod = (await DeployTrustedAsync())[0];
        var running = await StartOperatorAsync();

        var (code, said) = await CheckAsync(running, pod.Name());

        said.Should().Contain($"of pod {pod.Namespace()}/{pod.Name()} ended as Skipped").And.Contain("  would: ");
        code.Should().Be(0);
        (await PodAsync(pod))!.Metadata.Labels.Should().BeEquivalentTo(pod.Metadata.Labels);
    }

    [Theory]
    [InlineData("nowhere", "/dev/null", "must be http://HOST:PORT")]
    [InlineData("http://127.0.0.1:1", "/there/is/none", "/there/is/none")]
    public async Task What_cannot_be_used_is_told(string receiver, string tokens, string why)
    {
        var (code, said) = await OperatorProcess.RunAsync("check-installation", "--receiver", receiver, "--token-file", tokens, "--namespace", Shop, "--pod", "cart");

        said.Should().Contain(why);
        code.Should().NotBe(0);
    }

    protected override ValueTask StopAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<(int Code, string Said)> CheckAsync(OperatorInProcess running, string pod)
    {
        var (kubeconfig, token) = (Path.Combine(folder, "kubeconfig"), Path.Combine(folder, "token"));
        Cluster.Api.WriteKubeconfig(kubeconfig, Cluster.OperatorToken);
        await File.WriteAllTextAsync(token, Token + "\n", TestContext.Current.CancellationToken);
        return await OperatorProcess.RunAsync("check-installation", "--receiver", running.Http.BaseAddress!.ToString(), "--token-file", token, "--source", "falco", "--namespace", Shop, "--pod", pod, "--kubeconfig", kubeconfig);
    }
}
