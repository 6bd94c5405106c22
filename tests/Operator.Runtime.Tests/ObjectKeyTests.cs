using k8s.Models;

namespace Operator.Runtime.Tests;

public sealed class ObjectKeyTests
{
    [Theory]
    [InlineData("shop", "cart", "shop/cart")]
    [InlineData("", "node-1", "node-1")]
    public void A_key_reads_back_what_it_writes(string ns, string name, string text)
    {
        new ObjectKey(ns, name).ToString().Should().Be(text);
        ObjectKey.Parse(text).Should().Be(new ObjectKey(ns, name));
    }

    [Fact]
    public void A_cluster_scoped_object_has_an_empty_namespace() =>
        ObjectKey.Of(new V1ObjectMeta { Name = "node-1" }).Should().Be(new ObjectKey("", "node-1"));
}
