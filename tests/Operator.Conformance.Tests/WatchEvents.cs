using System.Text.Json.Nodes;

namespace Operator.Conformance.Tests;

internal static class WatchEvents
{
    extension(JsonObject json)
    {
        /// <summary>What a watch event is about.</summary>
        public JsonObject Object => (JsonObject)json["object"]!;
    }
}
