using System.Security.Cryptography;
using System.Text;

namespace Operator.Demo;

/// <summary>Digests of images that exist only here.</summary>
internal static class Digests
{
    public static string Of(string content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}";
}
