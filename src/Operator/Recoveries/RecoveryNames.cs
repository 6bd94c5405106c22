using System.Security.Cryptography;
using System.Text;
using Operator.Runtime;

namespace Operator.Recoveries;

/// <summary>A recovery's name follows from its target and episode, so claiming twice makes one.</summary>
internal static class RecoveryNames
{
    private const int LongestPodPart = 200;

    public static ObjectKey For(string ns, string pod, string uid, int episode)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{uid}/{episode}")).AsSpan(0, 5));
        return new(ns, $"{(pod.Length > LongestPodPart ? pod[..LongestPodPart] : pod)}-{hash}");
    }
}
