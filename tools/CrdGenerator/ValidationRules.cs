using System.Reflection;
using Operator.Api.Schema;
using Node = System.Collections.Generic.Dictionary<string, object>;

namespace CrdGenerator;

/// <summary>The CEL rules of a type or a property: what a schema alone cannot say.</summary>
internal static class ValidationRules
{
    /// <summary>Adds the rules to those that the node already has.</summary>
    public static void Add(Node node, MemberInfo member)
    {
        var rules = member.GetCustomAttributes<RuleAttribute>().Select(r => Rule(r.Expression, r.Message)).ToList();
        if (member.GetCustomAttribute<LastsAttribute>() is { } lasts)
        {
            var expression = $"duration(self) >= duration('{lasts.AtLeast}') && duration(self) <= duration('{lasts.AtMost}')";
            rules.Add(Rule(expression, $"must be from {lasts.AtLeast} to {lasts.AtMost}"));
        }
        if (member.GetCustomAttribute<BoundsAttribute>() is { } bounds)
            rules.AddRange(OfMap(bounds));
        if (rules.Count > 0)
            node["x-kubernetes-validations"] = (List<object>)[.. (List<object>)node.GetValueOrDefault("x-kubernetes-validations", new List<object>()), .. rules];
    }

    private static IEnumerable<object> OfMap(BoundsAttribute bounds)
    {
        if (bounds.MostKeyLength > 0)
            yield return Rule($"self.all(k, size(k) <= {bounds.MostKeyLength})", $"a key may have {bounds.MostKeyLength} characters at most");
        if (bounds.MostTotalLength > 0)
            yield return Rule($"self.map(k, size(k) + size(self[k])).sum() <= {bounds.MostTotalLength}", $"keys and values together may have {bounds.MostTotalLength} characters at most");
    }

    private static object Rule(string expression, string message) => new Node { ["rule"] = expression, ["message"] = message };
}
