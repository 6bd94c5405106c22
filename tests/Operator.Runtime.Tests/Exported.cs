using System.Globalization;
using System.Text;

namespace Operator.Runtime.Tests;

/// <summary>What a scrape would read.</summary>
internal static class Exported
{
    public static async Task<string> TextAsync(MetricSet metrics)
    {
        using MemoryStream written = new();
        await metrics.Registry.CollectAndExportAsTextAsync(written, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(written.ToArray());
    }

    public static string Seconds(DateTimeOffset at) => (at.ToUnixTimeMilliseconds() / 1000.0).ToString(CultureInfo.InvariantCulture);
}
