namespace Operator.DevCluster.Schema;

/// <summary>What a schema asks of text. The first thing that is wrong is reported; a wrong format always.</summary>
internal static class StringRules
{
    public static void Check(string text, StructuralSchema schema, Violations violations)
    {
        var rules = schema.Values;
        if (text.Length > rules.MaxLength && Length(text) > rules.MaxLength)
            violations.TooLong(rules.MaxLength.Value);
        else if (rules.MinLength > 0 && Length(text) < rules.MinLength)
            violations.Invalid(FieldValue.Of(text), $"should be at least {rules.MinLength} chars long");
        else if (rules.Pattern is { } pattern && !pattern.Matches(text))
            violations.Invalid(FieldValue.Of(text), $"should match '{pattern.Text}'");
        if (schema.Format.Length > 0 && Formats.Knows(schema.Format) && !Formats.Fits(schema.Format, text))
            violations.WrongType(schema.Format, FieldValue.Of(text));
    }

    private static int Length(string text) => text.EnumerateRunes().Count();
}
