namespace Operator.DevCluster.Authentication;

/// <summary>Who a request comes from.</summary>
public sealed record UserInfo(string Name, IReadOnlyList<string> Groups)
{
    public const string Masters = "system:masters";
    public const string Authenticated = "system:authenticated";
    private const string ServiceAccountPrefix = "system:serviceaccount:";

    public string Uid { get; init; } = "";

    /// <summary>Whoever says nothing of who they are, or shows a token that nobody issued here.</summary>
    public static UserInfo Administrator { get; } = new("kubernetes-admin", [Masters, Authenticated]);

    /// <summary>Whether authorization is not even asked.</summary>
    public bool IsMaster => Groups.Contains(Masters);

    public static UserInfo ServiceAccount(string space, string name) =>
        new($"{ServiceAccountPrefix}{space}:{name}", [.. ServiceAccountGroups(space), Authenticated]);

    public static IEnumerable<string> ServiceAccountGroups(string space) => ["system:serviceaccounts", $"system:serviceaccounts:{space}"];

    /// <summary>Namespace and name, of a service account's user name.</summary>
    public static (string Namespace, string Name)? SplitServiceAccount(string user) =>
        user.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal) && user[ServiceAccountPrefix.Length..].Split(':') is [{ Length: > 0 } space, { Length: > 0 } name]
            ? (space, name)
            : null;
}
