using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>A recovery's name follows from its target and episode, so claiming twice makes one.</summary>
internal static class RecoveryNames
{
    private const int LongestPodPart = 200;

    /// <summary>The beginning of the hash, in hexadecimal.</summary>
    private const int HashLength = 10;

    /// <summary>More than the API server lets a UID have, and an episode.</summary>
    private const int LongestHashed = 1024;

    public static ObjectKey For(string ns, string pod, string uid, int episode)
    {
        Span<char> hash = stackalloc char[HashLength];
        Hash(uid, episode, hash);
        return new(ns, $"{PodPart(pod)}-{hash}");
    }

    /// <summary>Whether it is the name that <see cref="For"/> gives. It is asked of every record there is, so that it leaves no garbage behind.</summary>
    public static bool Is(string name, string pod, string uid, int episode)
    {
        var part = PodPart(pod);
        if (name.Length != part.Length + 1 + HashLength || !name.AsSpan().StartsWith(part, StringComparison.Ordinal) || name[part.Length] != '-')
            return false;
        Span<char> hash = stackalloc char[HashLength];
        Hash(uid, episode, hash);
        return name.AsSpan(part.Length + 1).SequenceEqual(hash);
    }

    private static ReadOnlySpan<char> PodPart(string pod) => pod.AsSpan(0, Math.Min(pod.Length, LongestPodPart));

    private static void Hash(string uid, int episode, Span<char> hexadecimal)
    {
        Span<byte> text = stackalloc byte[LongestHashed], hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (Utf8.TryWrite(text, CultureInfo.InvariantCulture, $"{uid}/{episode}", out var length))
            SHA256.HashData(text[..length], hash);
        else
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{uid}/{episode}")), hash);
        Convert.TryToHexStringLower(hash[..(HashLength / 2)], hexadecimal, out _);
    }
}
