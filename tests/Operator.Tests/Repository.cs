namespace Operator.Tests;

/// <summary>Where this repository stands on disk.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The samples beside the repository; null where there are none.</summary>
    public static string? Samples(string folder) =>
        Path.Combine(Root, "..", "shared", "samples", folder) is var path && Directory.Exists(path) ? path : null;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Operator.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("Operator.sln is in no folder above the tests");
    }
}
