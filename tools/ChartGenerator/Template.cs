using System.Text.RegularExpressions;

namespace ChartGenerator;

/// <summary>Makes a Helm template of a manifest. Text remains text, so that comments and layout do too.</summary>
public static partial class Template
{
    private const string ProtectedNamespaces = "['immutable-recovery', 'kube-system', 'kube-public', 'kube-node-lease']";

    /// <summary>The manifest in the release's namespace, with the release's labels on each object, and with an annotation if one is given.</summary>
    public static string Of(string manifest, string? annotation = null)
    {
        var text = GeneratedBy().Replace(manifest, "").Replace("{{", """{{ "{{" }}""", StringComparison.Ordinal);
        text = Namespace().Replace(text, "$1{{ .Release.Namespace }}");
        text = text.Replace(".namespace('immutable-recovery')", ".namespace('{{ .Release.Namespace }}')", StringComparison.Ordinal);
        text = text.Replace("system:serviceaccount:immutable-recovery:", "system:serviceaccount:{{ .Release.Namespace }}:", StringComparison.Ordinal);
        text = text.Replace(ProtectedNamespaces, """{{ include "immutable-recovery-operator.protectedNamespaces" . }}""", StringComparison.Ordinal);
        if (text.Contains("'kube-node-lease'", StringComparison.Ordinal))
            throw new InvalidDataException($"A policy lists the protected namespaces otherwise than as {ProtectedNamespaces}.");
        return string.Join("---\n", DocumentStart().Split(text).Select(d => WithMetadata(d, annotation)));
    }

    public static string If(string condition, string text) => $$$"""
        {{- if {{{condition}}} }}
        {{{text}}}{{- end }}

        """;

    public static string Indented(string text, int by) => LineWithText().Replace(text, new string(' ', by));

    private static string WithMetadata(string document, string? annotation)
    {
        var lines = document.Split('\n').ToList();
        var start = lines.IndexOf("metadata:") + 1;
        if (start == 0)
            throw new InvalidDataException("A document has no `metadata:` on a line of its own.");
        var count = lines.Skip(start).TakeWhile(l => l.StartsWith(' ')).Count();
        var metadata = lines.GetRange(start, count);
        AddTo(metadata, "  labels:", """    {{- include "immutable-recovery-operator.labels" . | nindent 4 }}""");
        if (annotation is not null)
            AddTo(metadata, "  annotations:", $"    {annotation}");
        lines.RemoveRange(start, count);
        lines.InsertRange(start, metadata);
        return string.Join('\n', lines);
    }

    private static void AddTo(List<string> metadata, string map, string entry)
    {
        if (!metadata.Contains(map))
        {
            if (metadata.Exists(l => l.StartsWith(map, StringComparison.Ordinal)))
                throw new InvalidDataException($"A document has its{map.TrimEnd(':')} in braces.");
            metadata.Add(map);
        }
        metadata.Insert(metadata.IndexOf(map) + 1, entry);
    }

    [GeneratedRegex(@"\A# Generated from [^\n]*\n")]
    private static partial Regex GeneratedBy();

    [GeneratedRegex(@"^(\s*namespace: )immutable-recovery$", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^---\n", RegexOptions.Multiline)]
    private static partial Regex DocumentStart();

    [GeneratedRegex(@"^(?=.)", RegexOptions.Multiline)]
    private static partial Regex LineWithText();
}
