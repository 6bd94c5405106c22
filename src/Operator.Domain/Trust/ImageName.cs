namespace Operator.Domain.Trust;

/// <summary>What the parts of an image name may be made of. The admission policies of config/admission say the same in CEL.</summary>
internal static class ImageName
{
    /// <summary>At most 128 letters, digits, underscores, dots and hyphens, of which the first is no dot and no hyphen.</summary>
    public static bool IsTag(string tag) =>
        tag.Length is > 0 and <= 128 && tag[0] is not ('.' or '-') && tag.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    /// <summary>An algorithm and as many lower-case hexadecimal digits as it has.</summary>
    public static bool IsDigest(string digest) => digest.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0
        && digest.AsSpan(colon + 1).Length == (digest[..colon] switch { "sha256" => 64, "sha384" => 96, "sha512" => 128, _ => -1 })
        && digest.Skip(colon + 1).All(char.IsAsciiHexDigitLower);

    /// <summary>A DNS name in lower case or an IPv6 address, with a port or without. A port has no leading zeros: :0443 is :443 for who dials it.</summary>
    public static bool IsHost(string host)
    {
        var (name, port) = host.LastIndexOf(':') is var colon and >= 0 && colon > host.LastIndexOf(']') ? (host[..colon], host[(colon + 1)..]) : (host, null);
        if (port is not (null or { Length: > 0 and <= 5 }) || port?[0] == '0' || port?.All(char.IsAsciiDigit) is false)
            return false;
        return name is ['[', .. var address, ']'] ? IsShortest(address) : name.Split('.').All(IsLabel);
    }

    /// <summary>Components of lower-case letters and digits, parted within by a dot, one or two underscores, or hyphens.</summary>
    public static bool IsPath(string path) => path.Split('/').All(IsComponent);

    private static bool IsLabel(string label) =>
        label.Length > 0 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static bool IsComponent(string component)
    {
        var start = 0;
        for (var i = 0; i <= component.Length; i++)
        {
            if (i < component.Length && !(char.IsAsciiLetterLower(component[i]) || char.IsAsciiDigit(component[i])))
                continue;
            if (i > start && (start == 0 || i == component.Length || component[start..i] is not ("." or "_" or "__") && component.AsSpan(start, i - start).ContainsAnyExcept('-')))
                return false;
            start = i + 1;
        }
        return component.Length > 0;
    }

    /// <summary>
    /// An IPv6 address as it is written shortest: two spellings of one address must not be two registries. At most one run of zeros, and where
    /// it has two or more, it is written as "::".
    /// </summary>
    private static bool IsShortest(string address)
    {
        if (!address.All(c => c == ':' || char.IsAsciiHexDigitLower(c)) || address.Contains(":::", StringComparison.Ordinal))
            return false;
        var halves = address.Split("::");
        var groups = halves.Select(h => h.Length == 0 ? [] : h.Split(':')).ToList();
        if (halves.Length > 2 || groups.SelectMany(g => g).Any(g => g.Length is 0 or > 4 || (g.Length > 1 && g[0] == '0')))
            return false;
        var count = groups.Sum(g => g.Length);
        if (halves.Length == 1 ? count != 8 : count > 6)
            return false;
        return !groups.Any(g => g.Zip(g.Skip(1)).Any(p => p is ("0", "0")))
            && (halves.Length == 1 || (groups[0].LastOrDefault() != "0" && groups[1].FirstOrDefault() != "0"));
    }
}
