using System.Collections.Concurrent;

namespace Operator.DevCluster.Images;

/// <summary>The images that a node has. A tag stays what it was when it was pulled, whatever the registry says by now.</summary>
internal sealed class NodeImages
{
    private readonly ConcurrentDictionary<string, string> digests = new();

    public string? Find(ImageName image) => digests.GetValueOrDefault(image.ToString());

    public void Add(ImageName image, string digest)
    {
        digests[image.ToString()] = digest;
        digests[$"{image.Repository}@{digest}"] = digest;
    }
}
