using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Resources;

/// <summary>metav1.MicroTime: six digits of a second, no fewer, even where they are zeros.</summary>
internal static partial class MicroTime
{
    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$")]
    private static partial Regex Format();

    /// <summary>Refuses what a kube-apiserver fails to decode.</summary>
    public static void Require(JsonObject json, params ReadOnlySpan<string> path)
    {
        if (json.At(path) is { } value && !Format().IsMatch(value.ToString()))
        {
            throw new StatusException(ApiStatus.BadRequest(
                $"{json.Kind} in version \"v1\" cannot be handled as a {json.Kind}: parsing time \"{value}\" as \"2006-01-02T15:04:05.000000Z07:00\""));
        }
    }
}
