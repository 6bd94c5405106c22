namespace Operator.Domain.Isolation;

/// <summary>The NetworkPolicies that let traffic of a pod through although another one denies all of it: NetworkPolicies are unions.</summary>
/// <param name="Ingress">Names, in order.</param>
/// <param name="FromOutside">Those of the ingress that let traffic in from nodes or from outside the cluster, in order.</param>
/// <param name="Egress">Names, in order.</param>
public sealed record AllowedTraffic(IReadOnlyList<string> Ingress, IReadOnlyList<string> FromOutside, IReadOnlyList<string> Egress)
{
    /// <summary>How many names a sentence holds. A name has up to 253 characters.</summary>
    private const int MostNamed = 5;

    private const int LongestName = 64;

    public static readonly AllowedTraffic None = new([], [], []);

    public bool IsNone => Ingress.Count == 0 && Egress.Count == 0;

    /// <summary>What is left of it where another object denies all traffic with pods and all egress.</summary>
    public AllowedTraffic OutsideOnly => FromOutside.Count == 0 ? None : new(FromOutside, FromOutside, []);

    /// <summary>A sentence of bounded length: "ingress by shop/a, shop/b and 3 more; egress by shop/c".</summary>
    public string Describe(string ns) => string.Join("; ",
    [
        .. Ingress.Count > 0 ? [$"ingress by {Names(ns, Ingress)}"] : Array.Empty<string>(),
        .. Egress.Count > 0 ? [$"egress by {Names(ns, Egress)}"] : Array.Empty<string>(),
    ]);

    private static string Names(string ns, IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNamed).Select(n => $"{ns}/{(n.Length <= LongestName ? n : $"{n[..(LongestName - 1)]}…")}"))
        + (names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "");
}
