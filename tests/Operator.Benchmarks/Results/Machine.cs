using System.Globalization;
using System.Runtime.InteropServices;

namespace Operator.Benchmarks.Results;

/// <summary>Where the figures are from. Nothing that names the host.</summary>
internal static class Machine
{
    public static string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024):F0} GiB, {RuntimeInformation.OSArchitecture}, Linux {Kernel()}, .NET {Environment.Version}");

    /// <summary>How many processes wanted a core in the last minute, on average, those that are measured here included.</summary>
    public static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    /// <summary>The version alone: what follows is whoever built it.</summary>
    private static string Kernel() => File.ReadAllText("/proc/sys/kernel/osrelease").Trim().Split('-')[0];
}
