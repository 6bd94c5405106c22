using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Operator.Api.Schema;

namespace CrdGenerator;

/// <summary>The `///` comments of the types, which become the descriptions of the schema.</summary>
internal sealed partial class Documentation
{
    private readonly Dictionary<string, string> summaries;

    public Documentation(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        summaries = XDocument.Load(file).Descendants("member")
            .Where(m => m.Element("summary") is not null)
            .ToDictionary(m => (string)m.Attribute("name")!, m => Spaces().Replace(m.Element("summary")!.Value, " ").Trim());
    }

    public string Of(Type type) => summaries.GetValueOrDefault($"T:{type.FullName}") is { Length: > 0 } text
        ? text
        : throw new InvalidOperationException($"{type.Name} has no summary");

    /// <summary>What the field is about, then what each of its values means and how long it may be.</summary>
    public string Of(PropertyInfo property)
    {
        var words = new List<string> { Of('P', property) };
        if (EnumOf(property.PropertyType) is { } values)
            words.AddRange(values.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => $"{f.Name}: {Of('F', f)}"));
        if (property.GetCustomAttribute<LastsAttribute>() is { } lasts)
            words.Add($"From {lasts.AtLeast} to {lasts.AtMost}.");
        return string.Join(' ', words);
    }

    private string Of(char kind, MemberInfo member) => summaries.GetValueOrDefault($"{kind}:{member.DeclaringType!.FullName}.{member.Name}") is { Length: > 0 } text
        ? text
        : throw new InvalidOperationException($"{member.DeclaringType!.Name}.{member.Name} has no summary");

    private static Type? EnumOf(Type type) => type switch
    {
        { IsEnum: true } => type,
        { IsGenericType: true } when type.GetGenericArguments() is [{ IsEnum: true } inner] => inner,
        _ => null,
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
