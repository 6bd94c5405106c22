using System.Text.Json.Nodes;

namespace Operator.DevCluster.Resources;

/// <summary>A claim waits for a volume; there are none here, and pods start without.</summary>
internal sealed class PersistentVolumeClaimStrategy : ResourceStrategy
{
    public override void Default(JsonObject json) => json.Ensure("spec").Default("volumeMode", "Filesystem");

    public override void PrepareForCreate(JsonObject json)
    {
        base.PrepareForCreate(json);
        json["status"] = new JsonObject { ["phase"] = "Pending" };
    }
}
