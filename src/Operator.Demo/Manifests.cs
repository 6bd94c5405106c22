using System.Reflection;

namespace Operator.Demo;

/// <summary>The manifests that this program carries: the operator's CustomResourceDefinitions and rights, and the demo's own objects.</summary>
internal static class Manifests
{
    private static readonly Assembly Own = typeof(Manifests).Assembly;

    public static IEnumerable<string> CustomResourceDefinitions => In("crd/");

    /// <summary>The operator's namespace, its service account, and what that may do.</summary>
    public static IEnumerable<string> Rights => In("rbac/");

    /// <summary>What the API server itself enforces, in any order: bindings wait for their policies.</summary>
    public static IEnumerable<string> Admission => In("admission/");

    /// <summary>A manifest with its placeholders filled in.</summary>
    public static string Read(string name, params ReadOnlySpan<(string Placeholder, string Value)> values)
    {
        var text = Read(name);
        foreach (var (placeholder, value) in values)
            text = text.Replace(placeholder, value, StringComparison.Ordinal);
        return text;
    }

    private static IEnumerable<string> In(string folder) =>
        Own.GetManifestResourceNames().Where(n => n.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read);

    private static string Read(string name)
    {
        using var reader = new StreamReader(Own.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded"));
        return reader.ReadToEnd();
    }
}
