using System.Globalization;

namespace Operator.Benchmarks.Results;

/// <summary>Times of one thing, in milliseconds.</summary>
internal sealed class Samples(IEnumerable<double> times)
{
    private readonly double[] ordered = [.. times.Order()];

    public double Median => Percentile(50);

    public double Percentile(int percent) => ordered[Math.Min(ordered.Length * percent / 100, ordered.Length - 1)];

    public string Text(int percent) => $"p{percent} {Milliseconds(Percentile(percent))}";

    public static string Milliseconds(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:F1} ms");

    public static string Seconds(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:F2} s");

    public static string Factor(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:F2} ×");
}
