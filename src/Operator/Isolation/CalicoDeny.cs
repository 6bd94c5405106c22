using System.Text.Json.Nodes;
using Operator.Api.V1Alpha1;

namespace Operator.Isolation;

/// <summary>What a GlobalNetworkPolicy of Calico must say, its place before NetworkPolicies and other policies of its tier included.</summary>
internal static class CalicoDeny
{
    /// <summary>The order of the shipped policy. Policies with a higher one come later.</summary>
    private const double Order = -1_000_000;

    private static readonly string[] Directions = ["Ingress", "Egress"];
    private static readonly string[] Narrowing = ["namespaceSelector", "serviceAccountSelector"];

    public static string? Lacks(JsonObject spec)
    {
        if (spec.At("selector").Text() is not { } selector || selector.Replace(" ", "", StringComparison.Ordinal) != $"has({WellKnown.QuarantineLabel})")
            return $"its selector is not has({WellKnown.QuarantineLabel})";
        if (Narrowing.FirstOrDefault(n => spec.At(n).Text() is { Length: > 0 }) is { } narrowing)
            return $"it has a {narrowing}";
        if (spec.At("tier").Text() is not (null or "" or "default"))
            return "its tier is not default";
        if (spec.At("order").Number() is not <= Order)
            return $"its order is not {Order} or less";
        if (!Directions.All(spec.At("types").Texts().Contains))
            return "its types are not Ingress and Egress";
        return Directions.Select(d => d.ToLowerInvariant()).FirstOrDefault(d => !Denies(spec.At(d))) is { } open ? $"its {open} does not deny everything" : null;
    }

    /// <summary>Nothing is allowed or passed on, and one rule has no condition.</summary>
    private static bool Denies(JsonNode? rules) =>
        rules.Objects().All(r => r.At("action").Text() is "Deny" or "Log") && rules.Objects().Any(r => r.At("action").Text() == "Deny" && r.HasOnly("action", "metadata"));
}
