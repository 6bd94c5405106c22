namespace Operator.Benchmarks.Results;

/// <summary>The page that shows the tables, each between two comments that name its cluster. Everything else on it is left alone.</summary>
internal static class PerformancePage
{
    private const string End = "<!-- end of measured -->";

    public static async Task WriteAsync(string file, string cluster, string table)
    {
        var begin = $"<!-- measured: {cluster} -->";
        var page = (await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n");
        var from = page.IndexOf(begin, StringComparison.Ordinal);
        var to = from < 0 ? -1 : page.IndexOf(End, from, StringComparison.Ordinal);
        if (to < 0)
            throw new InvalidOperationException($"{file} has no place for a table: a line \"{begin}\" and after it a line \"{End}\".");
        await File.WriteAllTextAsync(file, $"{page[..(from + begin.Length)]}\n{table}{page[to..]}");
    }
}
