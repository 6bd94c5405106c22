using System.Buffers;
using System.Text;
using Operator.Domain.Findings;

namespace Operator.Domain.Tests.Findings;

public sealed class AlertFramingTests
{
    [Theory]
    [InlineData("{\"rule\":\"a\"}", "{\"rule\":\"a\"}")]
    [InlineData("\uFEFF[{\"a\":\"},]\\\"\"} , {\"b\":[1]},]\n", "{\"a\":\"},]\\\"\"}|{\"b\":[1]}")]
    [InlineData("{\"a\":\n {}\n}\r\n\n{\"b\":2}", "{\"a\":\n {}\n}|{\"b\":2}")]
    [InlineData("{\"a\": \n{\"b\":2}\n", "{\"a\": \n|{\"b\":2}")]
    [InlineData("{\"a\": \"x\n{\"b\":2}\n", "{\"a\": \"x|{\"b\":2}")]
    [InlineData("text\n{\"b\":2}", "text|{\"b\":2}")]
    [InlineData("[1,\"a,b\",[2,3]]", "1|\"a,b\"|[2,3]")]
    [InlineData("[]", "")]
    [InlineData("[{}", "{}|! the array is not closed")]
    [InlineData("[{}] x", "{}|! text follows the array")]
    public void A_body_is_cut_into_its_documents_wherever_its_pieces_end(string body, string documents)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var size = 1; size <= bytes.Length; size++)
            string.Join('|', Cut(bytes, size)).Should().Be(documents, "in pieces of {0}", size);
    }

    [Fact]
    public void A_document_above_the_cap_costs_only_itself_and_is_not_kept()
    {
        var huge = $$"""{"a":"{{new string('x', AlertFraming.MaximumBytes)}}"}""";
        var kept = 0L;
        Cut(Encoding.UTF8.GetBytes($$"""[{"b":1},{{huge}},{"c":2}]"""), 4096, most => kept = Math.Max(kept, most))
            .Should().Equal("{\"b\":1}", $"! an alert has at most {AlertFraming.MaximumBytes} bytes", "{\"c\":2}");
        kept.Should().BeLessThan(AlertFraming.MaximumBytes + (2 * 4096));
    }

    private static List<string> Cut(byte[] body, int size, Action<long>? kept = null)
    {
        AlertFraming framing = new();
        List<string> documents = [];
        var (from, to) = (0, 0);
        do
        {
            to = Math.Min(to + size, body.Length);
            ReadOnlySequence<byte> rest = new(body, from, to - from);
            while (framing.Next(ref rest, to == body.Length) is { } alert)
                documents.Add(alert.Error is { } error ? $"! {error.Split(':')[0]}" : Encoding.UTF8.GetString(alert.Bytes));
            kept?.Invoke(rest.Length);
            from = to - (int)rest.Length;
        }
        while (to < body.Length);
        return documents;
    }
}
