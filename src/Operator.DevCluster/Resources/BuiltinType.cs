using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using k8s.Models;

namespace Operator.DevCluster.Resources;

/// <summary>
/// The type of a builtin resource or of a part of it, read from the client library's model: which fields it has and what
/// they hold. A kube-apiserver decodes bodies by the same.
/// </summary>
internal abstract partial record BuiltinType
{
    private static readonly FrozenDictionary<(string GroupVersion, string Kind), Type> Models = typeof(V1Pod).Assembly.GetTypes()
        .Select(t => (Type: t, Entity: t.GetCustomAttribute<KubernetesEntityAttribute>()))
        .Where(m => m.Entity is not null && m.Type.GetProperty(nameof(V1Pod.Metadata))?.PropertyType == typeof(V1ObjectMeta))
        .ToFrozenDictionary(m => (string.IsNullOrEmpty(m.Entity!.Group) ? m.Entity.ApiVersion : $"{m.Entity.Group}/{m.Entity.ApiVersion}", m.Entity.Kind), m => m.Type);

    private static readonly ConcurrentDictionary<Type, BuiltinType> Known = [];

    private BuiltinType()
    {
    }

    /// <summary>Models have their version in their names, and their group where another has the same name.</summary>
    [GeneratedRegex("^([A-Z][a-z]+v|V)[0-9]+((alpha|beta)[0-9]+)?")]
    private static partial Regex ModelPrefix();

    /// <summary>Null if it is not builtin.</summary>
    public static Struct? Of(ResourceDefinition resource) => resource.IsCustom ? null : Of(resource.GroupVersion, resource.Kind);

    /// <summary>Null if it is not builtin. Options are the same in every group.</summary>
    public static Struct? Of(string groupVersion, string kind) =>
        kind == "DeleteOptions" ? (Struct)Of(typeof(V1DeleteOptions))
        : Models.TryGetValue((groupVersion, kind), out var model) ? (Struct)Of(model)
        : null;

    /// <summary>A type that is a part of others.</summary>
    public static BuiltinType Part(Type model) => Of(model);

    /// <summary>Removes the fields that there are not, and returns their paths.</summary>
    /// <exception cref="FormatException">A value is of the wrong type.</exception>
    public IReadOnlyList<string> Decode(JsonObject json)
    {
        List<string> unknown = [];
        Decode(json, default, unknown);
        return unknown;
    }

    /// <summary>What Go calls it.</summary>
    protected abstract string Name { get; }

    protected abstract void Decode(JsonNode node, FieldPlace place, List<string> unknown);

    private static BuiltinType Of(Type type) => Known.GetOrAdd(type, Read);

    private static BuiltinType Read(Type type)
    {
        var value = Nullable.GetUnderlyingType(type) ?? type;
        if (value == typeof(string))
            return new Scalar("string");
        if (value == typeof(DateTime) || value == typeof(byte[]))
            return new Scalar("string", value == typeof(DateTime) ? "date-time" : "byte");
        if (value == typeof(bool))
            return new Scalar("bool");
        if (value == typeof(double))
            return new Scalar("float64");
        if (value == typeof(int) || value == typeof(long))
            return new Scalar(value == typeof(int) ? "int32" : "int64");
        if (value.IsGenericType && value.GetGenericArguments() is [_, var entry])
            return new Map(Of(entry));
        if (value.IsGenericType && value.GetGenericArguments() is [var item])
            return new List(Of(item));
        return value.Namespace == typeof(V1Pod).Namespace && value.GetCustomAttribute<JsonConverterAttribute>() is null ? new Struct(value) : new Free(value.Name);
    }

    /// <summary>Whatever it holds is right: what has a form of its own in JSON.</summary>
    internal sealed record Free(string Model) : BuiltinType
    {
        public bool IsQuantity => Model == nameof(ResourceQuantity);

        public bool IsIntOrString => Model == nameof(IntOrString);

        protected override string Name => "interface {}";

        protected override void Decode(JsonNode node, FieldPlace place, List<string> unknown)
        {
        }
    }

    internal sealed record Scalar(string Type, string Format = "") : BuiltinType
    {
        protected override string Name => Type;

        protected override void Decode(JsonNode node, FieldPlace place, List<string> unknown)
        {
            if (!Holds(node))
                throw place.Mismatch(node, Type);
        }

        private bool Holds(JsonNode node) => (node.GetValueKind(), Type) switch
        {
            (JsonValueKind.String, "string") or (JsonValueKind.True or JsonValueKind.False, "bool") => true,
            (JsonValueKind.Number, "float64") => true,
            (JsonValueKind.Number, "int32") => int.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            (JsonValueKind.Number, "int64") => long.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            _ => false,
        };
    }

    internal sealed record Map(BuiltinType Value) : BuiltinType
    {
        protected override string Name => $"map[string]{Value.Name}";

        protected override void Decode(JsonNode node, FieldPlace place, List<string> unknown)
        {
            foreach (var (key, value) in node as JsonObject ?? throw place.Mismatch(node, Name))
            {
                if (value is not null)
                    Value.Decode(value, place.Entry(key), unknown);
            }
        }
    }

    internal sealed record List(BuiltinType Item) : BuiltinType
    {
        protected override string Name => $"[]{Item.Name}";

        protected override void Decode(JsonNode node, FieldPlace place, List<string> unknown)
        {
            int index = 0;
            foreach (var item in node as JsonArray ?? throw place.Mismatch(node, Name))
            {
                if (item is not null)
                    Item.Decode(item, place.Item(index), unknown);
                index++;
            }
        }
    }

    internal sealed record Struct(Type Model) : BuiltinType
    {
        private readonly Lazy<FrozenDictionary<string, BuiltinType>> fields = new(() => Model.GetProperties()
            .Select(p => (Name: p.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name, Type: p.PropertyType)).Where(p => p.Name is not null)
            .ToFrozenDictionary(p => p.Name!, p => Of(p.Type)));

        // Two packages have a Subject: the one that roles are granted to keeps the name.
        private readonly string type = Model == typeof(Flowcontrolv1Subject) ? "FlowSchemaSubject" : ModelPrefix().Replace(Model.Name, "");

        /// <summary>What Go calls it, without its package.</summary>
        public string TypeName => type;

        public IReadOnlyDictionary<string, BuiltinType> Fields => fields.Value;

        protected override string Name => $"v1.{type}";

        protected override void Decode(JsonNode node, FieldPlace place, List<string> unknown)
        {
            var json = node as JsonObject ?? throw place.Mismatch(node, Name);
            List<string>? removed = null;
            foreach (var (key, value) in json)
            {
                if (!fields.Value.TryGetValue(key, out var field))
                {
                    unknown.Add(place.Member(type, key).Path);
                    (removed ??= []).Add(key);
                }
                else if (value is not null)
                    field.Decode(value, place.Member(type, key), unknown);
            }
            foreach (string key in removed ?? [])
                json.Remove(key);
        }
    }
}
