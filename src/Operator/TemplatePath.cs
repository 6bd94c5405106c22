namespace Operator;

/// <summary>Where the pod template stands in a kind: <c>Rollout.v1alpha1.argoproj.io=spec.template</c>, as kubectl names a kind.</summary>
internal sealed record TemplatePath(string ApiVersion, string Kind, IReadOnlyList<string> Path)
{
    /// <summary>Null where it is not of that form.</summary>
    public static TemplatePath? Parse(string text)
    {
        if (text.Split('=') is not [var kind, var path] || kind.Split('.', 3) is not [{ Length: > 0 } name, { Length: > 0 } version, { Length: > 0 } group])
            return null;
        var names = path.Split('.');
        return names.All(n => n.Length > 0) ? new($"{group}/{version}", name, names) : null;
    }
}
