using System.Text.Json.Nodes;
using Operator.DevCluster.Tables;

namespace Operator.DevCluster.Tests.Tables;

public sealed class JsonPathTests
{
    private static readonly JsonNode Root = JsonNode.Parse("""
        {
          "metadata": {"annotations": {"example.com/by": "me"}},
          "status": {
            "phase": "Verifying",
            "conditions": [{"type": "Ready", "status": "True"}, {"type": "Stalled", "status": "False"}],
            "images": [{"to": "a"}, {"to": "b"}]
          }
        }
        """)!;

    [Theory]
    [InlineData(".status.phase", "Verifying")]
    [InlineData(".status.conditions[?(@.type==\"Stalled\")].status", "False")]
    [InlineData(".status.conditions[?(@.type=='Ready')].status", "True")]
    [InlineData(".status.images[1].to", "b")]
    [InlineData(".status.images[-1].to", "b")]
    [InlineData(".status.images[*].to", "a")]
    [InlineData(".metadata.annotations['example.com/by']", "me")]
    [InlineData(".metadata.annotations.example\\.com/by", "me")]
    [InlineData(".status.nothing.here", null)]
    public void The_first_match_is_found(string path, string? value) => JsonPath.Parse(path).First(Root)?.ToString().Should().Be(value);
}
