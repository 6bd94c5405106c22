using System.Net;
using System.Net.Sockets;

namespace Operator.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--workers=abc", "--workers abc: must be a number of at least 1.")]
    [InlineData("--max-cordoned-nodes=99999999999", "--max-cordoned-nodes 99999999999: must be a number of at least 1.")]
    [InlineData("--keep-quarantine-policy-minutes=1m", "--keep-quarantine-policy-minutes 1m: must be a number of minutes from 0 to 1440.")]
    [InlineData("--protected-namespace=Kube_System", "--protected-namespace Kube_System: must be the name of a namespace")]
    [InlineData("--namespace=a.b", "--namespace a.b: must be the name of a namespace")]
    public async Task What_an_option_cannot_be_is_told_in_one_line(string option, string why)
    {
        var (code, said) = await OperatorProcess.RunAsync(option);

        said.Should().Contain(why).And.NotContain("   at ");
        code.Should().Be(1);
    }

    [Fact]
    public async Task That_a_port_is_taken_is_the_last_that_is_said()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = $"http://{other.LocalEndpoint}";
        var kubeconfig = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                kubeconfig,
                """
                apiVersion: v1
                kind: Config
                clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
                users: [{name: none, user: {token: none}}]
                contexts: [{name: none, context: {cluster: none, user: none}}]
                current-context: none
                """,
                TestContext.Current.CancellationToken);

            var (code, said) = await OperatorProcess.RunAsync("--kubeconfig", kubeconfig, "--listen", taken);

            said.TrimEnd().Split('\n')[^1].Should().StartWith($"The operator cannot listen on {taken}: ").And.Contain("in use");
            code.Should().Be(2);
        }
        finally
        {
            File.Delete(kubeconfig);
        }
    }
}
