using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Operator.Runtime.Tests.Http;

/// <summary>What a cache reads of an object costs as much as what it keeps, in whatever pieces the object arrives.</summary>
public sealed partial class TrimmingTests
{
    private static readonly CachedFields Limits = new()
    {
        Annotations = new Dictionary<string, int> { ["ours/paused-by"] = 32, ["ours/labels"] = 200 },
        Labels = new Dictionary<string, int> { ["ours/quarantine"] = 63 },
        Without = ["spec.env"],
        LongestString = 64,
        LargestPart = 256,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(100_000)]
    public void In_whatever_pieces_an_object_arrives_the_same_is_kept(int piece)
    {
        const string Whole = """
            {"kind": "Thing", "metadata": {"name": "a", "namespace": "shop", "resourceVersion": "7", "managedFields": [{"fieldsV1": {"f:x": {"}": "]\\"}}}],
             "annotations": {"theirs": "x\"}{", "ours/paused-by": "shop/r", "ours/labels": "{\"app\":\"cart\"}"}, "labels": {"app": "größe☕"}},
             "spec": {"env": [{"name": "A", "value": "{[\"\\"}], "names": ["a", "b\\\"c", "\ud83d\ude00"], "odd": null, "count": -1.5e3 , "done": true, "unknown": [[[{"x": {}}]]]},
             "status": {"message": "fine" , "parts" : [ {"name" : "one", "skip": 1} , {"skip": [], "name": "two"}, {} ] } }
            """;

        var (thing, truncated) = Trimmed(Whole, piece);

        truncated.Should().BeFalse();
        thing.Metadata.Annotations.Should().Equal(new Dictionary<string, string> { ["ours/paused-by"] = "shop/r", ["ours/labels"] = """{"app":"cart"}""" });
        thing.Metadata.Labels.Should().Equal(new Dictionary<string, string> { ["app"] = "größe☕" });
        thing.Spec.Env.Should().BeNull();
        thing.Spec.Names.Should().Equal("a", "b\\\"c", "😀");
        (thing.Spec.Count, thing.Spec.Done).Should().Be((-1500, true));
        thing.Status.Message.Should().Be("fine");
        thing.Status.Parts.Select(p => p.Name).Should().Equal("one", "two", null);
    }

    [Fact]
    public void Annotations_that_nobody_reads_leave_an_empty_map_so_that_a_patch_does_not_replace_them()
    {
        var (thing, truncated) = Trimmed("""{"metadata": {"name": "a", "annotations": {"theirs": "x", "also": "y"}}}""");

        thing.Metadata.Annotations.Should().BeEmpty().And.NotBeNull();
        truncated.Should().BeFalse();
        Trimmed("""{"metadata": {"name": "a"}}""").Thing.Metadata.Annotations.Should().BeNull();
    }

    [Fact]
    public void A_message_is_cut_and_any_other_field_marks_what_was_cut()
    {
        var long1 = new string('m', 63) + "äöü";

        var (cut, isCut) = Trimmed($$$"""{"metadata": {"name": "a"}, "status": {"message": "{{{long1}}}"}}""");
        isCut.Should().BeFalse();
        cut.Status.Message.Should().Be(new string('m', 62));
        Trimmed($$$"""{"metadata": {"name": "a"}, "spec": {"image": "{{{long1}}}"}}""").IsTruncated.Should().BeTrue();
    }

    [Theory]
    [InlineData("\\ud83d\\ude00")]
    [InlineData("😀")]
    [InlineData("\\\\")]
    [InlineData("\\u00e4")]
    public void A_string_is_never_cut_within_a_character(string character)
    {
        for (var before = 40; before < 70; before++)
        {
            var (thing, _) = Trimmed($$$"""{"metadata": {"name": "a"}, "status": {"message": "{{{new string('x', before)}}}{{{character}}}{{{new string('y', 80)}}}"}}""");
            thing.Status.Message.Should().StartWith(new string('x', Math.Min(before, 50)));
        }
    }

    [Fact]
    public void Too_many_labels_leave_the_rest_of_the_object_and_the_labels_that_are_ours()
    {
        var labels = string.Join(", ", Enumerable.Range(0, 2000).Select(i => $"\"label-{i}\": \"{new string('v', 63)}\""));

        var (thing, truncated) = Trimmed($$$"""{"metadata": {"name": "a", "labels": { {{{labels}}}, "ours/quarantine": "r"}, "uid": "u"}, "spec": {"image": "i"}}""");

        truncated.Should().BeTrue();
        thing.Metadata.Labels.Should().HaveCountLessThan(10).And.Contain("ours/quarantine", "r").And.ContainKey("label-0");
        (thing.Metadata.Uid, thing.Spec.Image).Should().Be(("u", "i"));
    }

    [Fact]
    public void An_annotation_of_ours_that_is_too_long_is_left_out_as_a_whole_and_the_others_are_read()
    {
        var (thing, truncated) = Trimmed($$$"""{"metadata": {"name": "a", "annotations": {"ours/labels": "{{{new string('x', 201)}}}", "ours/paused-by": "shop/r"} } }""");

        truncated.Should().BeTrue();
        thing.Metadata.Annotations.Should().Equal(new Dictionary<string, string> { ["ours/paused-by"] = "shop/r" });
    }

    [Fact]
    public void A_list_that_is_too_long_ends_early_wherever_its_last_entry_is_cut()
    {
        for (var length = 1; length < 60; length++)
        {
            var part = $$$"""{"name": "{{{new string('p', length)}}}", "inner": {"names": ["{{{new string('q', length)}}}", "r"]}}""";
            var (thing, truncated) = Trimmed($$$"""{"metadata": {"name": "a"}, "status": {"parts": [{{{string.Join(",", Enumerable.Repeat(part, 300))}}}], "message": "after"}}""");

            truncated.Should().BeTrue();
            thing.Status.Message.Should().Be("after");
            thing.Status.Parts.Should().HaveCountLessThan(20).And.OnlyContain(p => p.Name!.Length == length && p.Inner!.Names!.Length == 2);
        }
    }

    [Fact]
    public void What_is_left_out_is_never_held()
    {
        using JsonTrimmer trimmer = new(Shape);
        var piece = Encoding.UTF8.GetBytes(new string('x', 1 << 16));
        trimmer.Take("""{"metadata": {"name": "a", "annotations": {"theirs": " """u8, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            trimmer.Take(piece, out _).Should().BeFalse();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 20, "64 MB went by");
        trimmer.Take("\"}}}"u8, out _).Should().BeTrue();
        trimmer.Text.Length.Should().BeLessThan(100);
    }

    [Theory]
    [InlineData("""{"metadata": {"name": "a"}, "spec": []}""")]
    [InlineData("""{"metadata": {"name": "a"}, "spec": {"names": {"x": [1]}}}""")]
    [InlineData("""{"metadata": {"name": "a"}, "spec": {"names": "no list"}}""")]
    [InlineData("""{"metadata": {"name": "a"}, "spec": {"image": ["no text"]}}""")]
    public void What_does_not_fit_the_type_is_still_found_not_to(string text) =>
        ((Action)(() => Trimmed(text))).Should().Throw<JsonException>();

    private static readonly JsonShape Shape = JsonShape.Of(ResourceJson.Trimmed<Thing>(ThingJson.Default), Limits);

    private static (Thing Thing, bool IsTruncated) Trimmed(string text, int piece = int.MaxValue)
    {
        using JsonTrimmer trimmer = new(Shape);
        var bytes = Encoding.UTF8.GetBytes(text).AsSpan();
        var whole = false;
        for (var at = 0; at < bytes.Length; at += Math.Min(piece, bytes.Length))
            whole = trimmer.Take(bytes[at..(int)Math.Min((long)at + piece, bytes.Length)], out _);
        whole.Should().BeTrue();
        return (JsonSerializer.Deserialize(trimmer.Text, ResourceJson.Trimmed<Thing>(ThingJson.Default))!, trimmer.IsTruncated);
    }

    internal sealed record Thing : IMetadata<V1ObjectMeta>
    {
        public V1ObjectMeta Metadata { get; set; } = new();
        public ThingSpec Spec { get; set; } = new();
        public ThingStatus Status { get; set; } = new();
    }

    internal sealed record ThingSpec
    {
        public string[]? Env { get; set; }
        public string[]? Names { get; set; }
        public string? Odd { get; set; }
        public string? Image { get; set; }
        public double Count { get; set; }
        public bool Done { get; set; }
    }

    internal sealed record ThingStatus
    {
        public string? Message { get; set; }
        public IReadOnlyList<Part> Parts { get; set; } = [];
    }

    internal sealed record Part
    {
        public string? Name { get; set; }
        public Inner? Inner { get; set; }
    }

    internal sealed record Inner
    {
        public string[]? Names { get; set; }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Thing))]
    internal sealed partial class ThingJson : JsonSerializerContext;
}
