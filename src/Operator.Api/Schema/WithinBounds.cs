using System.Text.Json.Serialization.Metadata;

namespace Operator.Api.Schema;

/// <summary>
/// Cuts what the operator writes to the bounds of its kinds. Words of other people reach it as paths, names and answers of the API
/// server: without the cut, one that is too long would have the whole object refused.
/// </summary>
public static class WithinBounds
{
    private const string Cut = "…";

    /// <summary>A modifier of how a type is written: strings, and lists and maps of strings, are never longer than their <see cref="BoundsAttribute"/> says.</summary>
    public static void Keep(JsonTypeInfo info)
    {
        if (info.Kind is not JsonTypeInfoKind.Object || info.Type.Assembly != typeof(WithinBounds).Assembly)
            return;
        foreach (var property in info.Properties)
        {
            if (property.Get is not { } get)
                continue;
            var bounds = property.AttributeProvider?.GetCustomAttributes(typeof(BoundsAttribute), inherit: true).OfType<BoundsAttribute>().FirstOrDefault() ?? new();
            if (property.PropertyType == typeof(string))
                property.Get = of => Text((string?)get(of), Or(bounds.Most, BoundsAttribute.LongestString));
            else if (property.PropertyType == typeof(List<string>))
                property.Get = of => List((List<string>?)get(of), bounds);
            else if (property.PropertyType == typeof(Dictionary<string, string>))
                property.Get = of => Map((Dictionary<string, string>?)get(of), bounds);
        }
    }

    private static string? Text(string? text, int most)
    {
        if (text is null || text.Length <= most)
            return text;
        var end = Math.Max(0, most - Cut.Length);
        return text[..(end > 0 && char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + Cut;
    }

    private static List<string>? List(List<string>? list, BoundsAttribute bounds)
    {
        var (most, longest) = (Or(bounds.Most, int.MaxValue), Or(bounds.MostItemLength, BoundsAttribute.LongestString));
        return list is null || (list.Count <= most && list.TrueForAll(i => i.Length <= longest)) ? list : [.. list.Take(most).Select(i => Text(i, longest)!)];
    }

    /// <summary>An entry whose key is too long, or for which there is no more room, is left out.</summary>
    private static Dictionary<string, string>? Map(Dictionary<string, string>? map, BoundsAttribute bounds)
    {
        if (map is null)
            return null;
        var room = Or(bounds.MostTotalLength, int.MaxValue);
        Dictionary<string, string> kept = [];
        foreach (var (key, value) in map)
        {
            var text = Text(value, Or(bounds.MostItemLength, BoundsAttribute.LongestString))!;
            if (key.Length > Or(bounds.MostKeyLength, int.MaxValue) || key.Length + text.Length > room || kept.Count == Or(bounds.Most, int.MaxValue))
                continue;
            kept[key] = text;
            room -= key.Length + text.Length;
        }
        return kept;
    }

    private static int Or(int bound, int otherwise) => bound > 0 ? bound : otherwise;
}
