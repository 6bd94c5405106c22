using System.Text;
using System.Text.Json.Nodes;

namespace Operator.Runtime.Tests.Http;

public sealed class PatchTests
{
    [Fact]
    public void Every_format_has_its_content_type()
    {
        JsonObject change = new() { ["metadata"] = new JsonObject { ["uid"] = "u" } };

        Patch.Json([new JsonObject { ["op"] = "test" }]).ContentType.Should().Be("application/json-patch+json");
        Patch.Merge(change).ContentType.Should().Be("application/merge-patch+json");
        Patch.Apply(change, force: false).ContentType.Should().Be("application/apply-patch+yaml");
        Encoding.UTF8.GetString(Patch.Merge(change).Body).Should().Be("""{"metadata":{"uid":"u"}}""");
    }

    [Fact]
    public void Only_an_apply_may_take_the_fields_of_others()
    {
        Patch.Apply([], force: true).Force.Should().BeTrue();
        Patch.Apply([], force: false).Force.Should().BeFalse();
        Patch.Merge([]).Force.Should().BeFalse();
    }

    [Fact]
    public void A_deletion_says_all_of_its_terms_and_no_others()
    {
        new Deletion { Uid = "u", ResourceVersion = "7", GracePeriodSeconds = 0, PropagationPolicy = "Background" }.ToJson().ToJsonString().Should().Be(
            """{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u","resourceVersion":"7"},"gracePeriodSeconds":0,"propagationPolicy":"Background"}""");
        new Deletion { Uid = "u" }.ToJson()["preconditions"]!.ToJsonString().Should().Be("""{"uid":"u"}""");
        new Deletion().ToJson().ToJsonString().Should().Be("""{"apiVersion":"v1","kind":"DeleteOptions"}""");
    }
}
