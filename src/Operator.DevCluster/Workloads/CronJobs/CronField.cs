using System.Globalization;

namespace Operator.DevCluster.Workloads.CronJobs;

/// <summary>One field of a schedule: which numbers it allows.</summary>
/// <param name="Allowed">Bit n is the number n.</param>
/// <param name="IsAny">It leaves the matter to the others.</param>
internal readonly record struct CronField(ulong Allowed, bool IsAny)
{
    public bool Allows(int number) => (Allowed >> number & 1) == 1;

    /// <exception cref="FormatException">It is no such field.</exception>
    public static CronField Parse(string text, int minimum, int maximum, params string[] names)
    {
        CronField field = default;
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var range = Range(part, minimum, maximum, names);
            field = new(field.Allowed | range.Allowed, field.IsAny || range.IsAny);
        }
        return field;
    }

    private static CronField Range(string text, int minimum, int maximum, string[] names)
    {
        string[] slashed = text.Split('/'), ends = slashed[0].Split('-');
        if (slashed.Length > 2)
            throw new FormatException($"too many slashes: {text}");
        if (ends.Length > 2)
            throw new FormatException($"too many hyphens: {text}");
        bool isAny = ends[0] is "*" or "?";
        int first = isAny ? minimum : Number(ends[0], minimum, names);
        // With a step and without an end it goes to the last number.
        int last = isAny || (ends.Length == 1 && slashed.Length == 2) ? maximum : ends.Length == 2 ? Number(ends[1], minimum, names) : first;
        int step = slashed.Length == 2 ? Number(slashed[1], 0, []) : 1;
        if (first < minimum)
            throw new FormatException($"beginning of range ({first}) below minimum ({minimum}): {text}");
        if (last > maximum)
            throw new FormatException($"end of range ({last}) above maximum ({maximum}): {text}");
        if (first > last)
            throw new FormatException($"beginning of range ({first}) beyond end of range ({last}): {text}");
        if (step == 0)
            throw new FormatException($"step of range should be a positive number: {text}");
        ulong allowed = 0;
        for (int number = first; number <= last; number += step)
            allowed |= 1UL << number;
        return new(allowed, isAny && step == 1);
    }

    private static int Number(string text, int minimum, string[] names)
    {
        int index = Array.FindIndex(names, n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (index >= 0)
            return index + minimum;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new FormatException($"failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax");
    }
}
