namespace Operator;

/// <summary>Where this repository stands on disk. Linked into the test projects that read files of it.</summary>
internal static class RepositoryRoot
{
    public static string Folder { get; } = Find();

    /// <summary>The samples beside the repository; null where there are none.</summary>
    public static string? Samples(string folder) =>
        Path.Combine(Folder, "..", "shared", "samples", folder) is var path && Directory.Exists(path) ? path : null;

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Operator.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("Operator.sln is in no folder above the tests");
    }
}
