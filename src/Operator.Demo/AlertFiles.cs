namespace Operator.Demo;

/// <summary>What --findings names: one file, every file of a folder, or the standard input.</summary>
internal static class AlertFiles
{
    public static IReadOnlyList<(string Name, string Text)> Read(string path, TextReader input)
    {
        if (path == "-")
            return [("-", input.ReadToEnd())];
        return Directory.Exists(path)
            ? [.. Directory.EnumerateFiles(path).Where(IsAlerts).Order(StringComparer.Ordinal).Select(f => (Path.GetFileName(f), File.ReadAllText(f)))]
            : [(Path.GetFileName(path), File.ReadAllText(path))];
    }

    private static bool IsAlerts(string file) => Path.GetExtension(file) is ".json" or ".jsonl" or ".ndjson" or ".log" or ".txt";
}
