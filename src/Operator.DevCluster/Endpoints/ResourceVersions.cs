using System.Globalization;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>Resource versions as requests name them.</summary>
internal static class ResourceVersions
{
    public static long Parse(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long version)
        ? version
        : throw new StatusException(ApiStatus.BadRequest(
            $"invalid resource version: resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"));

    /// <summary>The client has seen a future that this server has not, as after a restore from a backup.</summary>
    public static ApiStatus TooLarge(long asked, long current) =>
        new(504, "Timeout", $"Timeout: Too large resource version: {asked}, current: {current}")
        {
            RetryAfterSeconds = 1,
            Causes = [new("ResourceVersionTooLarge", "Too large resource version", "")],
        };
}
