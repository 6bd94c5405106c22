using System.Text;
using System.Text.Json.Nodes;

namespace Operator.DevCluster.Resources;

/// <summary>Secrets: what is written as text is kept as the rest is, in base64.</summary>
internal sealed class SecretStrategy : ResourceStrategy
{
    public override void Default(JsonObject json)
    {
        json.Default("type", "Opaque");
        if (json["stringData"] is not JsonObject texts)
            return;
        foreach (var (key, text) in texts)
            json.Ensure("data")[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text?.GetValue<string>() ?? ""));
        json.Remove("stringData");
    }
}
