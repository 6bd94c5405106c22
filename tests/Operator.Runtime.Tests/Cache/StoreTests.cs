namespace Operator.Runtime.Tests.Cache;

public sealed class StoreTests
{
    private readonly Store<Map> store = new(new Dictionary<string, Func<Map, IEnumerable<string>>>
    {
        ["team"] = map => map.Data!.TryGetValue("team", out var team) ? team.Split(',') : [],
    });

    [Fact]
    public void An_object_is_found_by_its_key_and_by_every_value_of_an_index()
    {
        store.Set(Map.Of("m", "1", ("team", "red,blue")));

        store.Get(Map.KeyOf("m"))!.Metadata.ResourceVersion.Should().Be("1");
        Team("red").Should().Equal("m");
        Team("blue").Should().Equal("m");
        Team("green").Should().BeEmpty();
        store.ByIndex("no such index", "red").Should().BeEmpty();
    }

    [Fact]
    public void A_change_moves_an_object_from_its_old_index_values_to_its_new_ones()
    {
        store.Set(Map.Of("m", "1", ("team", "red")));
        store.Set(Map.Of("n", "2", ("team", "red")));

        store.Set(Map.Of("m", "3", ("team", "blue")))!.Metadata.ResourceVersion.Should().Be("1");

        Team("red").Should().Equal("n");
        Team("blue").Should().Equal("m");
        store.Count.Should().Be(2);
    }

    [Fact]
    public void A_removed_object_is_in_no_index()
    {
        store.Set(Map.Of("m", "1", ("team", "red")));

        store.Remove(Map.KeyOf("m"))!.Metadata.Name.Should().Be("m");

        Team("red").Should().BeEmpty();
        store.All.Should().BeEmpty();
        store.Remove(Map.KeyOf("m")).Should().BeNull();
    }

    [Fact]
    public void A_value_that_an_indexer_names_twice_counts_once()
    {
        store.Set(Map.Of("m", "1", ("team", "red,red")));
        Team("red").Should().Equal("m");
        store.Remove(Map.KeyOf("m"));
        Team("red").Should().BeEmpty();
    }

    [Fact]
    public void A_reader_keeps_the_snapshot_it_began_with_while_a_relist_swaps_in_another()
    {
        store.Replace([Map.Of("a", "1", ("team", "red")), Map.Of("b", "1", ("team", "red"))]);
        using var reading = store.All.GetEnumerator();
        reading.MoveNext();

        var gone = store.Replace([Map.Of("b", "2", ("team", "blue")), Map.Of("c", "2", ("team", "blue"))]);

        gone.Select(m => m.Metadata.Name).Should().Equal("a");
        reading.MoveNext().Should().BeTrue("the reader still sees both objects of the old list");
        reading.MoveNext().Should().BeFalse();
        Team("red").Should().BeEmpty();
        Team("blue").Should().Equal("b", "c");
    }

    [Fact]
    public void A_list_that_names_an_object_twice_keeps_the_later()
    {
        store.Replace([Map.Of("m", "1", ("team", "red")), Map.Of("m", "2", ("team", "blue"))]);

        store.Get(Map.KeyOf("m"))!.Metadata.ResourceVersion.Should().Be("2");
        Team("red").Should().BeEmpty();
        Team("blue").Should().Equal("m");
    }

    [Fact]
    public void The_same_name_in_two_namespaces_is_two_objects()
    {
        var other = Map.Of("m", "2");
        other.Metadata.NamespaceProperty = "other";
        store.Set(Map.Of("m", "1"));
        store.Set(other);

        store.Count.Should().Be(2);
        store.Get(new("other", "m")).Should().BeSameAs(other);
    }

    private IEnumerable<string> Team(string team) => store.ByIndex("team", team).Select(m => m.Metadata.Name).Order(StringComparer.Ordinal);
}
