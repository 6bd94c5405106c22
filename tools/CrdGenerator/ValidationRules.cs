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
        if (rules.Count > 0)
            node["x-kubernetes-validations"] = (List<object>)[.. (List<object>)node.GetValueOrDefault("x-kubernetes-validations", new List<object>()), .. rules];
    }

    private static object Rule(string expression, string message) => new Node { ["rule"] = expression, ["message"] = message };
}
