namespace Operator.DevCluster.ManagedFields;

/// <summary>The fields that no manager ever owns.</summary>
internal static class Unowned
{
    private static readonly HashSet<string> OfMetadata =
        ["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"];

    private static readonly string Metadata = FieldPath.Field("metadata");

    public static bool Includes(List<string> path, string name) => path.Count switch
    {
        0 => name is "apiVersion" or "kind",
        1 => path[0] == Metadata && OfMetadata.Contains(name),
        _ => false,
    };
}
