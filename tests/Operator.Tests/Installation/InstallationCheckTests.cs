using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
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
        await SourceAsync();
        await Cluster.PolicyAsync(Shop, "mode: Observe");
        var pod = (await DeployTrustedAsync())[0];
        var running = await StartOperatorAsync();

        var (code, said) = await CheckAsync(running, pod.Name());

        said.Should().Contain($"of pod {pod.Name()} ended as Skipped").And.Contain("  would: ");
        code.Should().Be(0);
        (await PodAsync(pod))!.Metadata.Labels.Should().BeEquivalentTo(pod.Metadata.Labels);
    }

    [Theory]
    [InlineData("nowhere", "/dev/null", "must be http://HOST:PORT")]
    [InlineData("http://127.0.0.1:1", "/there/is/none", "/there/is/none")]
    public async Task What_cannot_be_used_is_told(string receiver, string tokens, string why)
    {
        var (code, said) = await RunAsync("--receiver", receiver, "--token-file", tokens, "--namespace", Shop, "--pod", "cart");

        said.Should().Contain(why);
        code.Should().NotBe(0);
    }

    protected override ValueTask StopAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private Task SourceAsync() => Cluster.ApplyAsync($$"""
        apiVersion: immutablerecovery.io/v1alpha1
        kind: FindingSource
        metadata: {name: falco}
        spec:
          type: Falco
          authentication: {tokenSHA256: [{hash: "{{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token)))}}"}]}
          namespaces: ["{{Shop}}"]
        """);

    private async Task<(int Code, string Said)> CheckAsync(OperatorInProcess running, string pod)
    {
        var (kubeconfig, token) = (Path.Combine(folder, "kubeconfig"), Path.Combine(folder, "token"));
        Cluster.Api.WriteKubeconfig(kubeconfig, Cluster.OperatorToken);
        await File.WriteAllTextAsync(token, Token + "\n", TestContext.Current.CancellationToken);
        return await RunAsync("--receiver", running.Http.BaseAddress!.ToString(), "--token-file", token, "--source", "falco", "--namespace", Shop, "--pod", pod, "--kubeconfig", kubeconfig);
    }

    private static async Task<(int Code, string Said)> RunAsync(params string[] arguments)
    {
        using var program = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(OperatorHost).Assembly.Location, "check-installation", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (program.ExitCode, said + await errors);
    }
}
