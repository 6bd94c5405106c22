using Operator.Api.V1Alpha1;

namespace Operator.Access;

/// <summary>One thing that the API server can be asked about: a verb on a resource, or on one object of it.</summary>
internal sealed record AccessQuestion(string Group, string Resource, string Verb, string? Name = null, string? Subresource = null);

/// <summary>A role that a user may leave out.</summary>
/// <param name="Name">The ClusterRole in config/rbac.</param>
/// <param name="Without">What the operator does not do without it.</param>
/// <param name="Needs">What it must allow, all of it.</param>
internal sealed record OptionalRole(string Name, string Without, IReadOnlyList<AccessQuestion> Needs)
{
    public static readonly OptionalRole Nodes = new(
        $"{OperatorOptions.FieldManager}-nodes",
        "nodes are not cordoned and not drained",
        [new("", "nodes", "get"), new("", "nodes", "list"), new("", "nodes", "watch"), new("", "nodes", "patch"), new("", "pods", "create", Subresource: "eviction")]);

    public static readonly OptionalRole WorkloadWrites = new(
        $"{OperatorOptions.FieldManager}-workload-writes",
        "templates are not pinned: workloads that name no trusted digest are contained and left to a person",
        [new("apps", "deployments", "patch"), new("apps", "replicasets", "patch"), new("apps", "statefulsets", "patch"), new("apps", "daemonsets", "patch"), new("batch", "cronjobs", "patch")]);

    public static readonly OptionalRole AdmissionData = new(
        $"{OperatorOptions.FieldManager}-admission-data",
        "no digest is revoked",
        [new(WellKnown.Group, "imagerevocationlists", "get", WellKnown.RevocationList), new(WellKnown.Group, "imagerevocationlists", "patch", WellKnown.RevocationList)]);

    public static readonly IReadOnlyList<OptionalRole> All = [Nodes, WorkloadWrites, AdmissionData];

    /// <summary>A right that a user grants for a kind that is not Kubernetes' own.</summary>
    public static OptionalRole Of(string verb, string group, string plural) => new($"{verb} {plural}.{group}", "", [new(group, plural, verb)])
    {
        Missing = $"the operator is not granted the verb {verb} on {plural}.{group}",
    };

    /// <summary>What a person reads who looks for the reason.</summary>
    public string Missing { get; init; } = $"ClusterRole {Name} is not granted to the operator";
}
