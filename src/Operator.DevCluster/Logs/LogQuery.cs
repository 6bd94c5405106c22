using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Operator.DevCluster.Logs;

/// <summary>What somebody wants of a log: the parameters of <c>pods/log</c>, which are those of the kubelet too.</summary>
internal sealed record LogQuery(IQueryCollection Parameters, TimeProvider Time)
{
    public bool Follow => Flag("follow");
    public bool Previous => Flag("previous");

    public string Text(RunLog? run) => string.Concat(Select(run?.Lines ?? []).Select(Line));

    /// <summary>Sends the lines of one run as they come, until it ends.</summary>
    public async Task FollowAsync(HttpContext http, RunLog run, CancellationToken end)
    {
        var (lines, ended, changed) = run.Read();
        int sent = lines.Count - Select(lines).Count;
        while (true)
        {
            foreach (var line in lines.Skip(sent))
                await http.Response.WriteAsync(Line(line), end);
            await http.Response.Body.FlushAsync(end);
            sent = lines.Count;
            if (ended)
                return;
            await changed.WaitAsync(end);
            (lines, ended, changed) = run.Read();
        }
    }

    private List<LogLine> Select(IReadOnlyList<LogLine> lines)
    {
        IEnumerable<LogLine> selected = lines;
        if (Number("sinceSeconds") is { } seconds)
            selected = selected.Where(l => l.Time >= Time.GetUtcNow().AddSeconds(-seconds));
        if (Number("tailLines") is { } count)
            selected = selected.TakeLast(count);
        return [.. selected];
    }

    private string Line(LogLine line) => Flag("timestamps")
        ? $"{line.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture)} {line.Text}\n"
        : line.Text + "\n";

    private bool Flag(string name) => Parameters[name].ToString() is "true" or "1";

    private int? Number(string name) => int.TryParse(Parameters[name], CultureInfo.InvariantCulture, out int number) ? number : null;
}
