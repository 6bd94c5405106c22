using System.Globalization;
using System.Net;
using System.Text;

namespace Operator.Tests.Receiver;

/// <summary>Real alerts of public projects, each through the receiver; the golden file says what became of it.</summary>
public sealed class FalcoSamplesTests(ReceiverFixture receiver) : IClassFixture<ReceiverFixture>
{
    private static readonly string Golden = Path.Combine(RepositoryRoot.Folder, "tests", "Operator.Tests", "Receiver", "FalcoSamples.golden.txt");

    [Fact]
    public async Task Every_sample_is_accepted_with_its_severity_time_and_target_or_refused_with_the_reason()
    {
        var folder = RepositoryRoot.Samples("falco");
        Assert.SkipWhen(folder is null, "the samples are not beside the repository");
        // A source for each: the same finding of the same source would only be counted.
        var lines = new StringBuilder();
        foreach (var file in Directory.EnumerateFiles(folder!).Order(StringComparer.Ordinal))
            lines.Append(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: {await DescribeAsync(await receiver.SourceAsync(), await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken))}\n");

        // UPDATE_GOLDEN=1 writes the file anew, for its change to be reviewed.
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") is not null)
            await File.WriteAllTextAsync(Golden, lines.ToString(), TestContext.Current.CancellationToken);
        lines.ToString().Should().Be(await File.ReadAllTextAsync(Golden, TestContext.Current.CancellationToken));
        lines.ToString().Split('\n').Count(l => l.Contains("accepted", StringComparison.Ordinal)).Should().BeGreaterThanOrEqualTo(15);
    }

    private async Task<string> DescribeAsync(string source, byte[] body)
    {
        var answer = await receiver.PostAsync(source, body);
        if (answer.Code != HttpStatusCode.Accepted)
            return $"{(int)answer.Code} {answer.Error}";
        var spec = (await receiver.Cluster.Findings.GetAsync(new(TestCluster.OperatorNamespace, answer.Name))).Required().Spec;
        var target = spec.Target;
        return string.Create(CultureInfo.InvariantCulture,
            $"accepted {spec.Severity} ({spec.SeverityFrom}) at {spec.OccurredAt:O} \"{spec.Rule}\" about pod={target.Namespace}/{target.Pod} container={target.ContainerId} image={target.Image}");
    }
}
