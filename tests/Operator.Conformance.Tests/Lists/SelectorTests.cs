using System.Net;

namespace Operator.Conformance.Tests.Lists;

public sealed class SelectorTests(ConformanceCluster cluster)
{
    [Theory]
    [InlineData("app=cart", "a", "b")]
    [InlineData("app==cart,tier=web", "a")]
    [InlineData("app!=cart", "c", "d")]
    [InlineData("app in (cart, till)", "a", "b", "c")]
    [InlineData("app notin (cart)", "c", "d")]
    [InlineData("tier", "a", "c")]
    [InlineData("!tier", "b", "d")]
    [InlineData("app in (cart),!tier", "b")]
    [InlineData("app=", "e")]
    public async Task Label_selectors_are_equalities_and_sets(string selector, params string[] selected)
    {
        await using var space = await LeasesAsync();
        if (selected is ["e"])
            await space.CreateAsync(space.Leases, TestNamespace.Lease("e", ("app", "")));

        (await space.NamesAsync($"{space.Leases}?labelSelector={Uri.EscapeDataString(selector)}")).Should().Equal(selected);
    }

    [Theory]
    [InlineData("app=cart=till")]
    [InlineData("app in cart")]
    [InlineData("app in (cart")]
    [InlineData("=cart")]
    public async Task A_label_selector_that_is_none_is_a_bad_request(string selector)
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.GetAsync($"{space.Leases}?labelSelector={Uri.EscapeDataString(selector)}");

        (answer.Code, answer.Reason).Should().Be((HttpStatusCode.BadRequest, "BadRequest"));
    }

    [Theory]
    [InlineData("metadata.name=b", "b")]
    [InlineData("metadata.name!=b", "a", "c", "d")]
    [InlineData("metadata.name!=b,metadata.name!=c", "a", "d")]
    public async Task Every_resource_can_be_selected_by_name(string selector, params string[] selected)
    {
        await using var space = await LeasesAsync();

        (await space.NamesAsync($"{space.Leases}?fieldSelector={Uri.EscapeDataString(selector)}")).Should().Equal(selected);
    }

    [Fact]
    public async Task Pods_can_be_selected_by_their_node_and_phase()
    {
        await using var space = await cluster.NamespaceAsync();
        await space.CreatePodAsync("bound", "some-node");
        await space.CreatePodAsync("free");

        (await space.NamesAsync($"{space.Pods}?fieldSelector=spec.nodeName=some-node")).Should().Equal("bound");
        (await space.NamesAsync($"{space.Pods}?fieldSelector=spec.nodeName=,status.phase=Pending")).Should().Equal("free");
    }

    [Theory]
    [InlineData("pods", "spec.hostname=x", "field label not supported: spec.hostname")]
    [InlineData("configmaps", "data.k=v", "\"data.k\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")]
    public async Task A_field_that_cannot_select_is_a_bad_request(string plural, string selector, string why)
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.GetAsync($"{space.Itself}/{plural}?fieldSelector={selector}");

        (answer.Code, answer.Reason, answer.Message).Should().Be((HttpStatusCode.BadRequest, "BadRequest", why));
    }

    [Fact]
    public async Task A_field_of_a_custom_resource_cannot_select_unless_its_definition_says_so()
    {
        await using var space = await cluster.NamespaceAsync();

        var answer = await space.Api.GetAsync($"{space.WidgetsOf(cluster)}?fieldSelector=spec.size=3");

        (answer.Code, answer.Message).Should().Be((HttpStatusCode.BadRequest, "field label not supported: spec.size"));
    }

    [Theory]
    [InlineData("spec.colour=red", "a", "b")]
    [InlineData("spec.colour=", "c")]
    [InlineData("spec.colour!=", "a", "b")]
    [InlineData("spec.colour=red,status.phase=", "a")]
    [InlineData("status.phase=Old", "b")]
    public async Task A_custom_resource_is_selected_by_the_fields_that_its_definition_offers(string selector, params string[] selected)
    {
        await using var space = await cluster.NamespaceAsync();
        var widgets = space.WidgetsOf(cluster);
        await space.CreateAsync(widgets, cluster.Widgets.Widget("a", """{"colour": "red"}"""));
        await space.CreateAsync(widgets, cluster.Widgets.Widget("b", """{"colour": "red"}"""));
        await space.CreateAsync(widgets, cluster.Widgets.Widget("c"));
        _ = (await space.Api.MergeAsync($"{widgets}/b/status", Json.Object("""{"status": {"phase": "Old"} }"""))).Ok;

        (await space.NamesAsync($"{widgets}?fieldSelector={Uri.EscapeDataString(selector)}")).Should().Equal(selected);
        (await space.NamesAsync($"{widgets}?resourceVersion=0&fieldSelector={Uri.EscapeDataString(selector)}")).Should().Equal(selected, "the server's cache selects, too");
    }

    private async Task<TestNamespace> LeasesAsync()
    {
        var space = await cluster.NamespaceAsync();
        await space.CreateAsync(space.Leases, TestNamespace.Lease("a", ("app", "cart"), ("tier", "web")));
        await space.CreateAsync(space.Leases, TestNamespace.Lease("b", ("app", "cart")));
        await space.CreateAsync(space.Leases, TestNamespace.Lease("c", ("app", "till"), ("tier", "web")));
        await space.CreateAsync(space.Leases, TestNamespace.Lease("d"));
        return space;
    }
}
