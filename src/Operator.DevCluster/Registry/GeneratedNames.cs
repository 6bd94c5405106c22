using System.Security.Cryptography;

namespace Operator.DevCluster.Registry;

/// <summary>Names for <c>metadata.generateName</c>: five characters from an alphabet that spells no words.</summary>
internal static class GeneratedNames
{
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int LongestBase = 63 - SuffixLength;

    public static string Next(string prefix) =>
        prefix[..Math.Min(prefix.Length, LongestBase)] + RandomNumberGenerator.GetString(Alphabet, SuffixLength);
}
