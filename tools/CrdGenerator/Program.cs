using CrdGenerator;

if (args is not [var folder])
{
    Console.Error.WriteLine("usage: CrdGenerator FOLDER");
    return 1;
}
Directory.CreateDirectory(folder);
foreach (var (name, text) in CustomResourceDefinitions.All())
    await File.WriteAllTextAsync(Path.Combine(folder, name), text);
return 0;
