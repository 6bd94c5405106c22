using System.Collections.Frozen;

namespace Operator.DevCluster.Discovery;

/// <summary>
/// What <c>kubectl explain</c> says about builtin types, written down in Descriptions/*.txt: a type and what it is, and below it
/// its fields, indented. Only what matters most is described.
/// </summary>
internal static class Descriptions
{
    private const string Undescribed = "Not described here.";

    /// <summary>Stands for every type.</summary>
    private const string Any = "*";

    private static readonly FrozenDictionary<(string Type, string Field), string> Known = typeof(Descriptions).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith("descriptions/", StringComparison.Ordinal)).SelectMany(Parse).ToFrozenDictionary();

    public static IEnumerable<(string Type, string Field)> All => Known.Keys;

    /// <summary>Null if it is not described.</summary>
    public static string? Of(string type) => Known.GetValueOrDefault((type, ""));

    public static string OfField(string type, string field) =>
        Known.GetValueOrDefault((type, field)) ?? Known.GetValueOrDefault((Any, field)) ?? Undescribed;

    private static IEnumerable<KeyValuePair<(string Type, string Field), string>> Parse(string resource)
    {
        using StreamReader reader = new(typeof(Descriptions).Assembly.GetManifestResourceStream(resource)!);
        string type = "";
        foreach (string line in reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(':', 2, StringSplitOptions.TrimEntries) is not [var name, var description])
                throw new InvalidDataException($"{resource}: '{line}' has no description");
            bool isField = line.StartsWith(' ');
            type = isField ? type : name;
            if (description.Length > 0)
                yield return new((type, isField ? name : ""), description);
        }
    }
}
