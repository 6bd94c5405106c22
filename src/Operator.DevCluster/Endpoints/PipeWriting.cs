using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Operator.DevCluster.Endpoints;

internal static class PipeWriting
{
    public static void Write(this PipeWriter writer, ReadOnlySpan<byte> bytes) => BuffersExtensions.Write(writer, bytes);

    public static void Write(this PipeWriter writer, string text) => Encoding.UTF8.GetBytes(text, writer);
}
