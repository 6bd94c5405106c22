using k8s.Models;

namespace Operator.Runtime.Tests;

public sealed class ObjectKeyTests
{
    [Theory]
    [InlineData("shop/web-1", "shop", "web-1")]
    [InlineData("worker-1", "", "worker-1")]
    [InlineData("shop/web.example-1", "shop", "web.example-1")]
    public void A_key_is_read_as_it_is_written(string text, string ns, string name)
    {
        ObjectKey.TryParse(text, out var key).Should().BeTrue();
        (key, key.ToString()).Should().Be((new ObjectKey(ns, name), text));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("shop/")]
    [InlineData("/web")]
    [InlineData("..")]
    [InlineData("../..")]
    [InlineData("shop/..")]
    [InlineData("./web")]
    [InlineData("shop/web/log")]
    [InlineData("shop/we b")]
    [InlineData("shop/web\u0000")]
    [InlineData("shop/web\r\nHost: x")]
    [InlineData("shop/web?dryRun=All")]
    [InlineData("shop/%2e%2e")]
    [InlineData("sh.op/web")]
    [InlineData("Shop/web")]
    [InlineData("shop/wéb")]
    public void Text_that_names_no_object_is_no_key(string? text) => ObjectKey.TryParse(text, out _).Should().BeFalse();

    [Fact]
    public void An_over_long_part_is_no_key()
    {
        ObjectKey.TryParse($"{new string('a', 64)}/web", out _).Should().BeFalse();
        ObjectKey.TryParse($"shop/{new string('a', 254)}", out _).Should().BeFalse();
        ObjectKey.TryParse($"{new string('a', 63)}/{new string('a', 253)}", out _).Should().BeTrue();
    }

    [Fact]
    public void A_cluster_scoped_object_has_an_empty_namespace() =>
        ObjectKey.Of(new V1ObjectMeta { Name = "node-1" }).Should().Be(new ObjectKey("", "node-1"));
}
