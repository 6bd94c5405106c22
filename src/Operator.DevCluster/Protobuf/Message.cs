using System.Collections.Frozen;
using System.Globalization;

namespace Operator.DevCluster.Protobuf;

/// <summary>The fields of a type by their numbers in its <c>generated.proto</c>.</summary>
/// <param name="Package">Where the type is defined, as OpenAPI names it.</param>
/// <param name="Fields">Numbers that are not here are skipped.</param>
internal sealed record Message(string Package, FrozenDictionary<int, MessageField> Fields)
{
    /// <summary>
    /// Written down in Fields/*.txt: a package after #, and one type a line with its fields in the order of their numbers; a number
    /// stands before the field where some are left out.
    /// </summary>
    private static readonly FrozenDictionary<string, Message> Known = typeof(Message).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith("fields/", StringComparison.Ordinal)).SelectMany(Parse).ToFrozenDictionary();

    private static readonly Message Empty = new("", FrozenDictionary<int, MessageField>.Empty);

    /// <summary>The fields as they stand in JSON.</summary>
    public IEnumerable<MessageField> Flat => Fields.Values.SelectMany(f => f.IsInline ? Of(f.Name).Flat : [f]);

    /// <summary>Without any fields where nothing is written down.</summary>
    public static Message Of(string type) => Known.GetValueOrDefault(type, Empty);

    private static IEnumerable<KeyValuePair<string, Message>> Parse(string resource)
    {
        using StreamReader reader = new(typeof(Message).Assembly.GetManifestResourceStream(resource)!);
        string package = "";
        foreach (string line in reader.ReadToEnd().Replace("\n  ", " ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('#'))
                package = line[1..].Trim();
            else if (line.Split(": ", 2) is [var name, var fields])
                yield return new(name, new(package, Numbered(fields).ToFrozenDictionary()));
        }
    }

    private static IEnumerable<KeyValuePair<int, MessageField>> Numbered(string words)
    {
        int number = 0;
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = word.IndexOf(':', StringComparison.Ordinal);
            number = colon < 0 ? number + 1 : int.Parse(word[..colon], CultureInfo.InvariantCulture);
            yield return new(number, MessageField.Parse(word[(colon + 1)..]));
        }
    }
}

/// <summary>A field of a message.</summary>
internal sealed record MessageField(string Name)
{
    /// <summary>Whether it is a type whose fields stand in JSON beside the others: <c>@LocalObjectReference</c>.</summary>
    public bool IsInline { get; private init; }

    /// <summary>Whether an object must have it: <c>name!</c>.</summary>
    public bool IsRequired { get; private init; }

    /// <summary>Whether 0, false or an empty text is sent only where somebody meant it: <c>replicas?</c>. Else that stands for nothing.</summary>
    public bool KeepsZero { get; private init; }

    public static MessageField Parse(string word) => word switch
    {
        ['@', .. var type] => new(type) { IsInline = true },
        [.. var name, '!'] => new(name) { IsRequired = true, KeepsZero = true },
        [.. var name, '?'] => new(name) { KeepsZero = true },
        _ => new(word),
    };
}
