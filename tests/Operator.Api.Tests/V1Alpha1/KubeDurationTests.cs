using System.Text.Json;
using System.Text.RegularExpressions;
using Operator.Api.V1Alpha1;

namespace Operator.Api.Tests.V1Alpha1;

public sealed class KubeDurationTests
{
    [Theory]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500)]
    [InlineData("1.5s", 1_500)]
    [InlineData("90s", 90_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1h0m30s", 3_630_000)]
    [InlineData("168h", 604_800_000)]
    public void It_reads_what_people_write(string text, double milliseconds) =>
        KubeDuration.Parse(text).Value.TotalMilliseconds.Should().Be(milliseconds);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("5S")]
    [InlineData("1d")]
    [InlineData("1h30")]
    [InlineData("1..5s")]
    [InlineData("٣s")]
    [InlineData("1e3s")]
    [InlineData("999999999h")]
    [InlineData("256204778h256204778h")]
    public void It_refuses_anything_else(string? text)
    {
        KubeDuration.TryParse(text, out _).Should().BeFalse();
        var parse = () => KubeDuration.Parse(text!);
        parse.Should().Throw<FormatException>().WithMessage("*30s or 1h30m*");
    }

    [Theory]
    [InlineData("0s", "0s")]
    [InlineData("90s", "1m30s")]
    [InlineData("60m", "1h")]
    [InlineData("1000ms", "1s")]
    [InlineData("0.25s", "250ms")]
    [InlineData("36h", "36h")]
    [InlineData("1.25s", "1.25s")]
    [InlineData("2h0.5s", "2h0.5s")]
    public void It_writes_the_shortest_form(string text, string written) =>
        KubeDuration.Parse(text).ToString().Should().Be(written);

    [Fact]
    public void What_it_writes_matches_its_own_pattern_and_is_read_back()
    {
        var random = new Random(7);
        for (var i = 0; i < 1000; i++)
        {
            KubeDuration duration = TimeSpan.FromMilliseconds(Math.Round(Math.Pow(10, random.NextDouble() * 13)));
            var text = duration.ToString();
            Regex.IsMatch(text, KubeDuration.Pattern).Should().BeTrue(text);
            text.Length.Should().BeLessThanOrEqualTo(32);
            KubeDuration.Parse(text).Value.Should().BeCloseTo(duration.Value, TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public void A_negative_span_is_written_as_nothing() => new KubeDuration(TimeSpan.FromSeconds(-3)).ToString().Should().Be("0s");

    [Theory]
    [InlineData("\"5 minutes\"")]
    [InlineData("\"\"")]
    [InlineData("300")]
    public void Json_of_another_form_is_an_error_and_nothing_worse(string json)
    {
        var read = () => JsonSerializer.Deserialize<KubeDuration>(json);

        read.Should().Throw<JsonException>();
    }
}
