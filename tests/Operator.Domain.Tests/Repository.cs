namespace Operator.Domain.Tests;

/// <summary>Files of this repository that tests compare with.</summary>
internal static class Repository
{
    /// <summary>Set to 1, golden files are written instead of compared: then read what changed.</summary>
    public const string Update = "UPDATE_GOLDEN";

    /// <summary>The text of a golden file of this project, which <paramref name="actual"/> replaces when asked to.</summary>
    public static string Golden(string path, string actual)
    {
        var file = Path.Combine(RepositoryRoot.Folder, "tests", "Operator.Domain.Tests", path);
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(file, actual);
        return File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : $"{path} is missing: run with {Update}=1";
    }
}
