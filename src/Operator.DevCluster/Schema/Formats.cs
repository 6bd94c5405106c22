using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Operator.DevCluster.Schema;

/// <summary>The formats of strings (strfmt of kube-openapi). One that is not here is refused with its definition.</summary>
internal static partial class Formats
{
    private static readonly Dictionary<string, Func<string, bool>> Known = new()
    {
        ["datetime"] = text => DateTimes().Match(text) is { Success: true } match && IsDate(match.Groups[1].Value) && IsTime(match),
        ["date"] = IsDate,
        ["duration"] = Durations().IsMatch,
        ["uuid"] = Uuids().IsMatch,
        ["byte"] = text => Convert.TryFromBase64String(text, new byte[text.Length], out _),
        ["password"] = _ => true,
        ["ipv4"] = text => IPAddress.TryParse(text, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork && text.Count(c => c == '.') == 3,
        ["ipv6"] = text => IPAddress.TryParse(text, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6,
        ["cidr"] = text => IPNetwork.TryParse(text, out _),
        ["uri"] = text => Uri.TryCreate(text, UriKind.Absolute, out _) || text.StartsWith('/'),
        ["hostname"] = text => Uri.CheckHostName(text) == UriHostNameType.Dns && text.Length <= 255,
        ["k8sshortname"] = text => text.Length <= 63 && ShortNames().IsMatch(text),
        ["k8slongname"] = text => text.Length <= 253 && LongNames().IsMatch(text),
    };

    private static readonly HashSet<string> OfKubernetes =
    [
        .. Known.Keys, "bsonobjectid", "email", "mac", "uuid3", "uuid4", "uuid5", "isbn", "isbn10", "isbn13", "creditcard", "ssn", "hexcolor", "rgbcolor",
    ];

    [GeneratedRegex(@"^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?([zZ]|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex DateTimes();

    [GeneratedRegex(@"^([-+]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))+|0)\z")]
    private static partial Regex Durations();

    [GeneratedRegex(@"^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\z")]
    private static partial Regex Uuids();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex ShortNames();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex LongNames();

    public static bool Knows(string format) => Known.ContainsKey(Normalize(format));

    /// <summary>Whether a kube-apiserver checks it and this server cannot.</summary>
    public static bool IsMissing(string format) => OfKubernetes.Contains(Normalize(format)) && !Knows(format);

    public static bool Fits(string format, string value) => Known[Normalize(format)](value);

    private static string Normalize(string format) => format.Replace("-", "", StringComparison.Ordinal);

    private static bool IsDate(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsTime(Match match) =>
        string.CompareOrdinal(match.Groups[2].Value, "23") <= 0
        && string.CompareOrdinal(match.Groups[3].Value, "59") <= 0
        && string.CompareOrdinal(match.Groups[4].Value, "59") <= 0;
}
