using ReferenceGenerator;

if (args is not [var folder])
{
    Console.Error.WriteLine("usage: ReferenceGenerator FOLDER");
    return 1;
}
Directory.CreateDirectory(folder);
await File.WriteAllTextAsync(Path.Combine(folder, "api.md"), ApiReference.Write());
await File.WriteAllTextAsync(Path.Combine(folder, "metrics.md"), MetricsReference.Write());
return 0;
