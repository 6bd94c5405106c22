using System.Net;
using System.Text.Json.Nodes;
using FluentAssertions;
using Operator.DevCluster;

namespace Operator.TestClusters;

/// <summary>What an API server said.</summary>
public sealed record Answer(HttpStatusCode Code, string Text)
{
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public string? RetryAfter { get; init; }

    public JsonObject Json => (JsonObject)JsonNode.Parse(Text)!;

    public string Reason => Json.Text("reason") ?? "";

    public string Message => Json.Text("message") ?? "";

    /// <summary>The object, of a request that succeeded.</summary>
    public JsonObject Ok
    {
        get
        {
            ((int)Code).Should().BeInRange(200, 299, "of {0}", Text);
            return Json;
        }
    }
}
