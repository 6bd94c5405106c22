using System.Text.Json;
using System.Text.RegularExpressions;
using Operator.Api.V1Alpha1;

namespace Operator.Api.Tests.V1Alpha1;

public sealed class CountOrPercentTests
{
    [Theory]
    [InlineData("3", 3, false)]
    [InlineData("0", 0, false)]
    [InlineData("\"25%\"", 25, true)]
    [InlineData("\"100%\"", 100, true)]
    [InlineData("\"0%\"", 0, true)]
    public void It_reads_numbers_and_shares_and_writes_them_as_they_were(string json, int number, bool percent)
    {
        var value = JsonSerializer.Deserialize<CountOrPercent>(json);

        value.Should().Be(new CountOrPercent(number, percent));
        JsonSerializer.Serialize(value).Should().Be(json);
    }

    [Theory]
    [InlineData("\"101%\"")]
    [InlineData("\"-1%\"")]
    [InlineData("\"2.5%\"")]
    [InlineData("\"%\"")]
    [InlineData("\" 25%\"")]
    [InlineData("\"a third\"")]
    [InlineData("\"99999999999%\"")]
    [InlineData("99999999999")]
    [InlineData("-1")]
    [InlineData("2.5")]
    [InlineData("true")]
    [InlineData("null")]
    public void It_refuses_anything_else(string json)
    {
        var read = () => JsonSerializer.Deserialize<CountOrPercent>(json);

        read.Should().Throw<JsonException>();
    }

    [Fact]
    public void The_pattern_allows_what_is_read()
    {
        for (var percent = 0; percent <= 100; percent++)
            Regex.IsMatch($"{percent}%", CountOrPercent.Pattern).Should().BeTrue();
        foreach (var odd in new[] { "101%", "007%", "25", "25%%", "-1%" })
            Regex.IsMatch(odd, CountOrPercent.Pattern).Should().BeFalse(odd);
    }
}
