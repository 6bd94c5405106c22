using System.Text.Json.Nodes;

namespace Operator.DevCluster.Resources;

/// <summary>A resource with nothing of its own but defaults.</summary>
internal sealed class SimpleStrategy(Action<JsonObject> defaults) : ResourceStrategy
{
    public override void Default(JsonObject json) => defaults(json);
}

/// <summary>A resource with defaults of its spec, whose generation counts.</summary>
internal sealed class SpecStrategy(Action<JsonObject> defaults) : ResourceStrategy
{
    public override bool CountsGenerations => true;

    public override void Default(JsonObject json) => defaults(json.Ensure("spec"));
}
