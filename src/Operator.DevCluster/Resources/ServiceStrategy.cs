using System.Text.Json.Nodes;

namespace Operator.DevCluster.Resources;

/// <summary>Services, each with a cluster IP of its own.</summary>
internal sealed class ServiceStrategy : ResourceStrategy
{
    private int allocated;

    public override void Default(JsonObject json)
    {
        var spec = json.Ensure("spec");
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        foreach (var port in spec.Items("ports"))
        {
            port.Default("protocol", "TCP");
            if (port["port"] is { } number)
                port.Default("targetPort", number.DeepClone());
        }
        if (spec.Text("type") == "ExternalName")
            return;
        spec.Default("internalTrafficPolicy", "Cluster");
        spec.Default("ipFamilies", new JsonArray("IPv4"));
        spec.Default("ipFamilyPolicy", "SingleStack");
    }

    public override void PrepareForCreate(JsonObject json)
    {
        base.PrepareForCreate(json);
        json["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
        var spec = (JsonObject)json["spec"]!;
        if (spec.Text("type") != "ExternalName" && string.IsNullOrEmpty(spec.Text("clusterIP")))
        {
            int next = Interlocked.Increment(ref allocated);
            spec["clusterIP"] = $"10.96.{next / 250 % 250}.{next % 250 + 1}";
        }
        if (spec.Text("clusterIP") is { } address)
            spec.Default("clusterIPs", new JsonArray(address));
    }

    public override void PrepareForUpdate(JsonObject json, JsonObject old, ResourceDefinition definition)
    {
        base.PrepareForUpdate(json, old, definition);
        var spec = (JsonObject)json["spec"]!;
        foreach (string kept in (string[])["clusterIP", "clusterIPs"])
        {
            if (spec[kept] is null && old.At("spec", kept) is { } value)
                spec[kept] = value.DeepClone();
        }
    }
}
