using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;

namespace Operator.Api.Tests;

/// <summary>The files of this repository.</summary>
internal static class Repository
{
    private static readonly IDeserializer Yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();
    private static readonly ISerializer Json = new SerializerBuilder().JsonCompatible().Build();

    public static string PathOf(params string[] parts) => Path.Combine([RepositoryRoot.Folder, .. parts]);

    /// <summary>The documents of a YAML text, as JSON.</summary>
    public static IEnumerable<JsonObject> Documents(string yaml)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(yaml));
        foreach (var document in stream.Documents)
        {
            using var text = new StringWriter();
            new YamlStream(document).Save(text, assignAnchors: false);
            yield return JsonNode.Parse(Json.Serialize(Yaml.Deserialize<object>(text.ToString())))!.AsObject();
        }
    }
}
