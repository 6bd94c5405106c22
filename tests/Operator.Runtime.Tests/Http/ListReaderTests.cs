using System.Text;
using System.Text.Json;

namespace Operator.Runtime.Tests.Http;

/// <summary>A list is read while it arrives: in whatever pieces, it is the same list or none.</summary>
public sealed class ListReaderTests
{
    private const string List = """
        {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "10", "continue": "to\"ken", "odd": [{"}": "]"}]},
         "items": [
           {"metadata": {"name": "braces", "resourceVersion": "1"}, "data": {"text": "}}{{ ]] [[ \" }} \\\" \\"}},
           {"metadata": {"name": "unread", "resourceVersion": "2", "managedFields": [{"fieldsV1": {"f:a": {".": {}}}}]}, "spec": {"deep": [[{"x": ["y"]}]]}, "data": {"größe": "früh ☕", "a\tb": "c\u0041"}} ,
           {"metadata": {"name": "unfit", "resourceVersion": "3"}, "data": [1]},{"metadata":{"name":"last","resourceVersion":"4"}}
         ]
        }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(100_000)]
    public async Task In_whatever_pieces_it_arrives_it_is_the_same_list(int piece)
    {
        var page = await ReadAsync(Encoding.UTF8.GetBytes(List), piece);

        (page.ResourceVersion, page.Continue).Should().Be(("10", "to\"ken"));
        page.Items.Select(m => m.Metadata.Name).Should().Equal("braces", "unread", "last");
        page.Items[0].Data!["text"].Should().Be("""}}{{ ]] [[ " }} \" \""");
        page.Items[1].Data.Should().Equal(new Dictionary<string, string> { ["größe"] = "früh ☕", ["a\tb"] = "cA" });
        page.Items[1].Metadata.ManagedFields.Should().BeNull();
        page.Unreadable.Should().ContainSingle().Which.Key.Name.Should().Be("unfit");
    }

    [Fact]
    public async Task Items_larger_than_the_buffer_are_read()
    {
        var large = new string('x', 300_000);
        var page = await ReadAsync(Encoding.UTF8.GetBytes(List.Replace("früh", large, StringComparison.Ordinal)), piece: 10_000);

        page.Items[1].Data!["größe"].Should().StartWith(large);
        page.Items.Should().HaveCount(3);
    }

    [Fact]
    public async Task One_that_is_cut_short_anywhere_is_none()
    {
        var whole = Encoding.UTF8.GetBytes(List);
        for (var length = 0; length < whole.Length; length++)
        {
            var reading = () => ReadAsync(whole[..length], piece: 50);
            await reading.Should().ThrowAsync<JsonException>($"{length} bytes are not all of it");
        }
    }

    [Theory]
    [InlineData("""{"metadata": {"resourceVersion": "1"}}""")]
    [InlineData("""{"metadata": {"resourceVersion": ""}, "items": []}""")]
    [InlineData("""{"items": []}""")]
    [InlineData("""{"metadata": {"resourceVersion": "1"}, "items": {}}""")]
    [InlineData("""{"metadata": {"resourceVersion": "1"}, "items": [1]}""")]
    [InlineData("""{"metadata": {"resourceVersion": "1"}, "items": [null]}""")]
    [InlineData("""{"metadata": {"resourceVersion": "1"}, "items": [{"data": {}}]}""")]
    [InlineData("""{"metadata": {"resourceVersion": "1"}, "items": []} {}""")]
    [InlineData("""[{"metadata": {"resourceVersion": "1"}, "items": []}]""")]
    [InlineData("<html></html>")]
    public async Task Whatever_is_no_list_is_refused(string text)
    {
        var reading = () => ReadAsync(Encoding.UTF8.GetBytes(text), piece: 5);
        await reading.Should().ThrowAsync<JsonException>();
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("[ \n ]")]
    public async Task An_empty_list_is_one(string items) =>
        (await ReadAsync(Encoding.UTF8.GetBytes($$"""{"items": {{items}}, "metadata": {"resourceVersion": "1"} }"""), piece: 3)).Items.Should().BeEmpty();

    [Fact]
    public async Task What_is_said_twice_is_kept_once()
    {
        const string Same = """{"metadata": {"name": "NAME", "resourceVersion": "1", "labels": {"app": "cart"}}, "data": {"key": "a value of some length"}}""";
        var list = $$"""{"metadata": {"resourceVersion": "1"}, "items": [{{Same.Replace("NAME", "a", StringComparison.Ordinal)}}, {{Same.Replace("NAME", "b", StringComparison.Ordinal)}}]}""";
        var items = (await ReadAsync(Encoding.UTF8.GetBytes(list), piece: 40)).Items;

        items[0].Data!["key"].Should().BeSameAs(items[1].Data!["key"]);
        items[0].Metadata.Labels.Keys.Single().Should().BeSameAs(items[1].Metadata.Labels.Keys.Single());
        items.Select(i => i.Metadata.Name).Should().Equal("a", "b");
    }

    private static async Task<ListPage<Map>> ReadAsync(byte[] text, int piece)
    {
        await using Pieces body = new(text, piece);
        using ListReader<Map> reader = new(Map.Resource.Json, Map.Resource.Shape);
        return await reader.ReadAsync(body, TestContext.Current.CancellationToken);
    }

    /// <summary>Gives no more than so many bytes at once.</summary>
    private sealed class Pieces(byte[] text, int piece) : MemoryStream(text)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
