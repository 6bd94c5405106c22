using System.Collections.Frozen;

namespace Operator.DevCluster.ManagedFields;

/// <summary>
/// The builtin types. Their fields mean the same wherever their names appear, but for the ports of a Service and of
/// an EndpointSlice.
/// </summary>
internal sealed class BuiltinFieldType : FieldType
{
    private static readonly ListKey Protocol = new("protocol", "TCP");
    private static readonly ListKey Name = new("name");
    private static readonly BuiltinFieldType Plain = new();
    private static readonly BuiltinFieldType Atomic = new() { isAtomic = true };
    private static readonly BuiltinFieldType Struct = new() { isAlwaysThere = true };
    private static readonly BuiltinFieldType FreeForm = new() { isFreeForm = true };
    private static readonly BuiltinFieldType Set = new() { keys = [] };
    private static readonly BuiltinFieldType Named = new() { keys = [Name] };
    private static readonly BuiltinFieldType Typed = new() { keys = [new("type")] };
    private static readonly BuiltinFieldType Addressed = new() { keys = [new("ip")] };

    private static readonly FrozenDictionary<string, BuiltinFieldType> Fields = new Dictionary<string, BuiltinFieldType>
    {
        ["metadata"] = Struct,
        ["spec"] = Struct,
        ["status"] = Struct,
        ["template"] = Struct,
        ["jobTemplate"] = Struct,
        ["strategy"] = Struct,
        ["updateStrategy"] = Struct,
        ["labels"] = FreeForm,
        ["annotations"] = FreeForm,
        ["binaryData"] = FreeForm,
        ["data"] = FreeForm,
        ["stringData"] = FreeForm,
        ["limits"] = FreeForm,
        ["requests"] = FreeForm,
        ["capacity"] = FreeForm,
        ["allocatable"] = FreeForm,
        ["hard"] = FreeForm,
        ["used"] = FreeForm,
        ["finalizers"] = Set,
        ["podCIDRs"] = Set,
        ["ownerReferences"] = new() { keys = [new("uid")], items = Atomic },
        ["conditions"] = Typed,
        ["addresses"] = Typed,
        ["containers"] = new() { keys = [Name], isAlwaysThere = true },
        ["initContainers"] = Named,
        ["ephemeralContainers"] = Named,
        ["volumes"] = Named,
        ["env"] = Named,
        ["claims"] = Named,
        ["resourceClaims"] = Named,
        ["schedulingGates"] = Named,
        ["imagePullSecrets"] = new() { keys = [Name], items = Atomic },
        ["secrets"] = new() { keys = [Name], items = Atomic },
        ["ports"] = new() { keys = [new("containerPort"), Protocol] },
        ["volumeMounts"] = new() { keys = [new("mountPath")] },
        ["volumeDevices"] = new() { keys = [new("devicePath")] },
        ["topologySpreadConstraints"] = new() { keys = [new("topologyKey"), new("whenUnsatisfiable")] },
        ["podIPs"] = Addressed,
        ["hostAliases"] = Addressed,
        ["nodeSelector"] = Atomic,
        ["selector"] = Atomic,
        ["labelSelector"] = Atomic,
        ["podSelector"] = Atomic,
        ["scopeSelector"] = Atomic,
        ["requiredDuringSchedulingIgnoredDuringExecution"] = Atomic,
        ["involvedObject"] = Atomic,
        ["related"] = Atomic,
        ["dataSource"] = Atomic,
        ["secretRef"] = Atomic,
        ["secretKeyRef"] = Atomic,
        ["configMapKeyRef"] = Atomic,
        ["fieldRef"] = Atomic,
        ["resourceFieldRef"] = Atomic,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, BuiltinFieldType> Kinds = new Dictionary<string, BuiltinFieldType>
    {
        ["Service"] = new() { ports = new() { keys = [new("port"), Protocol] }, isAlwaysThere = true },
        ["EndpointSlice"] = new() { ports = Plain },
        ["ControllerRevision"] = new() { data = Atomic },
    }.ToFrozenDictionary();

    private bool isAtomic, isAlwaysThere, isFreeForm;
    private ListKey[]? keys;
    private BuiltinFieldType? items, ports, data;

    public override bool IsAtomic => isAtomic;
    public override bool IsAlwaysThere => isAlwaysThere;
    public override bool IsFreeForm => isFreeForm;
    public override IReadOnlyList<ListKey>? Keys => keys;
    public override FieldType Item => items ?? Plain;

    public static FieldType OfKind(string kind) => Kinds.GetValueOrDefault(kind) ?? Plain;

    public override FieldType Member(string name) => (name, this) switch
    {
        (_, { isFreeForm: true }) => Plain,
        ("ports", { ports: { } own }) => own,
        ("data", { data: { } own }) => own,
        ("spec", { ports: not null }) => this,
        _ => Fields.GetValueOrDefault(name) ?? Plain,
    };
}
