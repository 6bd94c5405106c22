using System.Text.Json.Nodes;

namespace Operator.Demo;

/// <summary>What the receiver answered: the names under which it stored the findings, or why it did not.</summary>
internal sealed record ReceiverReply(IReadOnlyList<string> Stored, string? Refusal)
{
    public static ReceiverReply Parse(string body)
    {
        var json = JsonNode.Parse(body)!;
        var findings = (json["findings"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        return new(
            [.. findings.Select(f => (string?)f["name"]).OfType<string>()],
            (string?)json["error"] ?? findings.Select(f => f["name"] is null ? (string?)f["reason"] : null).FirstOrDefault(r => r is not null));
    }
}
