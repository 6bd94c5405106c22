using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

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

    public string Of(Type type) => summaries.GetValueOrDefault($"T:{type.FullName}")
        ?? throw new InvalidOperationException($"{type.Name} has no summary");

    public string Of(PropertyInfo property) => summaries.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}")
        ?? throw new InvalidOperationException($"{property.DeclaringType!.Name}.{property.Name} has no summary");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
