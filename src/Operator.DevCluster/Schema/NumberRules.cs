using System.Globalization;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Schema;

/// <summary>What a schema asks of numbers. Integers are compared as integers, also where the bound is written as a fraction.</summary>
internal static class NumberRules
{
    public static void Check(JsonNode value, string kind, StructuralSchema schema, Violations violations)
    {
        var rules = schema.Values;
        bool whole = kind == "integer";
        double number = JsonKind.Double(value);
        if (!FitsFormat(value, number, schema))
            violations.General($"Checked value must be of type {schema.Type} with format {schema.Format} in {violations.Path}");
        if (rules.MultipleOf is { } factor && !IsMultiple(value, number, factor, whole))
            violations.Invalid(value, $"should be a multiple of {Text(factor, whole)}");
        if (rules.Minimum is { } minimum && Compare(value, number, minimum, whole) is var least && (least < 0 || (least == 0 && rules.ExclusiveMinimum)))
            violations.Invalid(value, $"should be greater than {(rules.ExclusiveMinimum ? "" : "or equal to ")}{Text(minimum, whole)}");
        if (rules.Maximum is { } maximum && Compare(value, number, maximum, whole) is var most && (most > 0 || (most == 0 && rules.ExclusiveMaximum)))
            violations.Invalid(value, $"should be less than {(rules.ExclusiveMaximum ? "" : "or equal to ")}{Text(maximum, whole)}");
    }

    private static bool FitsFormat(JsonNode value, double number, StructuralSchema schema) => schema.Format switch
    {
        "int32" => number is >= int.MinValue and <= int.MaxValue,
        "int64" => JsonKind.Whole(value) is not null || number is >= long.MinValue and < long.MaxValue,
        "float" => double.Abs(number) <= float.MaxValue,
        _ => true,
    };

    private static int Compare(JsonNode value, double number, double bound, bool whole) =>
        whole ? JsonKind.Whole(value)!.Value.CompareTo((long)bound) : number.CompareTo(bound);

    private static bool IsMultiple(JsonNode value, double number, double factor, bool whole) =>
        whole ? (long)factor != 0 && JsonKind.Whole(value)!.Value % (long)factor == 0 : double.IsInteger(factor < 1 ? 1 / factor * number : number / factor);

    private static string Text(double bound, bool whole) =>
        whole ? ((long)bound).ToString(CultureInfo.InvariantCulture) : bound.ToString(CultureInfo.InvariantCulture);
}
