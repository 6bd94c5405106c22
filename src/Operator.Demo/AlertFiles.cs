namespace Operator.Demo;

/// <summary>What --findings names: one file, every file of a folder, or the standard input.</summary>
internal static class AlertFiles
{
    private static readonly string[] Endings = [".json", ".jsonl", ".ndjson", ".log", ".txt"];

    public static IReadOnlyList<(string Name, string Text)> Read(string path, TextReader input)
    {
        if (path == "-")
            return [("-", input.ReadToEnd())];
        if (!Directory.Exists(path))
            return [(Path.GetFileName(path), File.ReadAllText(path))];
        List<(string, string)> found = [.. Directory.EnumerateFiles(path).Where(IsAlerts).Order(StringComparer.Ordinal).Select(f => (Path.GetFileName(f), File.ReadAllText(f)))];
        return found.Count > 0 ? found : throw new FileNotFoundException($"the folder has no file that ends with {string.Join(", ", Endings)}");
    }

    private static bool IsAlerts(string file) => Endings.Contains(Path.GetExtension(file));
}
