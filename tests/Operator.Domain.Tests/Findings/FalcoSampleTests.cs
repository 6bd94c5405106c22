using System.Globalization;
using System.Text;
using Operator.Domain.Findings;

namespace Operator.Domain.Tests.Findings;

/// <summary>Documents that real senders publish, where they stand beside the repository; what each leads to is in the golden file.</summary>
public sealed class FalcoSampleTests
{
    private static readonly string Samples = Path.Combine(RepositoryRoot.Folder, "..", "shared", "samples", "falco");

    [Fact]
    public void Every_sample_is_read_as_the_golden_file_says()
    {
        Assert.SkipUnless(Directory.Exists(Samples), "there is no ../shared/samples/falco beside the repository");
        var text = new StringBuilder();
        foreach (var file in Directory.EnumerateFiles(Samples).Order(StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}\n{Told(FalcoAdapter.Parse(File.ReadAllBytes(file)))}\n");
        var told = text.ToString();
        told.Should().Be(Repository.Golden("Findings/FalcoSamples.txt", told), "{0}=1 rewrites it", Repository.Update);
        told.Split('\n').Count(l => l.StartsWith("  accepted", StringComparison.Ordinal)).Should().BeGreaterThanOrEqualTo(15);
    }

    private static string Told(ParseResult result) => result switch
    {
        ParseResult.Refused refused => $"  refused: {refused.Error}\n",
        ParseResult.Parsed parsed => string.Concat(parsed.Findings.Select(Told)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Told(Finding f) => $"""
          accepted: {f.Rule}
            severity  {f.Severity} ({f.SeverityFrom})
            time      {f.OccurredAt?.UtcDateTime.ToString("o", CultureInfo.InvariantCulture) ?? "none"}
            target    {Target(f.Target)}

        """.ReplaceLineEndings("\n");

    private static string Target(FindingTarget t)
    {
        string[] known =
        [
            .. t.Namespace is null && t.Pod is null ? Array.Empty<string>() : [$"pod {t.Namespace}/{t.Pod}"],
            .. t.PodUid is null ? Array.Empty<string>() : [$"uid {t.PodUid}"],
            .. t.ContainerId is null ? Array.Empty<string>() : [$"container {t.ContainerId}"],
            .. t.Image is null ? Array.Empty<string>() : [$"image {t.Image}"],
            .. t.Node is null ? Array.Empty<string>() : [$"node {t.Node}"],
        ];
        return known.Length == 0 ? "none" : string.Join(", ", known);
    }
}
