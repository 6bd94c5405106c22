using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.ManagedFields;

/// <summary>409 for a configuration that would change what others own, worded as a kube-apiserver does.</summary>
internal static class ApplyConflicts
{
    /// <param name="conflicts">For the entry of each other manager, the contested fields.</param>
    /// <returns>Null if there are none.</returns>
    public static ApiStatus? Of(IEnumerable<KeyValuePair<JsonObject, JsonObject>> conflicts)
    {
        var all = conflicts.Select(c => (Manager: FieldManager.Describe(c.Key), Paths: FieldSet.Paths(c.Value).ToList()))
            .OrderBy(c => c.Manager, StringComparer.Ordinal).ToList();
        string? message = all switch
        {
            [] => null,
            [(var manager, [var path])] => $"Apply failed with 1 conflict: conflict with {manager}: {path}",
            _ => $"Apply failed with {all.Sum(c => c.Paths.Count)} conflicts: {string.Join("\n", all.SelectMany(Lines))}",
        };
        return message is null ? null : new(409, "Conflict", message)
        {
            Causes = [.. all.SelectMany(c => c.Paths.Select(p => new StatusCause("FieldManagerConflict", $"conflict with {c.Manager}", p)))],
        };
    }

    private static IEnumerable<string> Lines((string Manager, List<string> Paths) conflict) =>
        [$"conflicts with {conflict.Manager}:", .. conflict.Paths.Select(p => $"- {p}")];
}
