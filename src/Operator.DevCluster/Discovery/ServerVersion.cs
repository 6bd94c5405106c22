using System.Text.Json.Nodes;

namespace Operator.DevCluster.Discovery;

/// <summary>The Kubernetes version whose behaviour this server follows.</summary>
internal static class ServerVersion
{
    private const string Major = "1", Minor = "36";

    public const string Text = $"v{Major}.{Minor}.0";

    public static JsonObject ToJson() => new()
    {
        ["major"] = Major,
        ["minor"] = Minor,
        ["gitVersion"] = Text,
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "none",
        ["compiler"] = "none",
        ["platform"] = "embedded",
    };
}
