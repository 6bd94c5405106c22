using ChartGenerator;

if (args is not [var config, var chart])
{
    Console.Error.WriteLine("usage: ChartGenerator CONFIG CHART");
    return 1;
}
try
{
    var parts = GeneratedParts.OfChart(config);
    foreach (var stale in GeneratedParts.In(chart).Where(p => !parts.ContainsKey(p)))
        File.Delete(Path.Combine(chart, stale));
    foreach (var (path, text) in parts)
        await WriteAsync(Path.Combine(chart, path), text);
    foreach (var (path, text) in GeneratedParts.OfConfig(config))
        await WriteAsync(Path.Combine(config, path), text);
    return 0;
}
catch (InvalidDataException failure)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}

static async Task WriteAsync(string file, string text)
{
    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
    await File.WriteAllTextAsync(file, text);
}
