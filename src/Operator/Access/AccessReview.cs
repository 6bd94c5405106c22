using k8s;
using k8s.Models;

namespace Operator.Access;

/// <summary>authorization.k8s.io/v1 SelfSubjectAccessReview: a question to the API server about this operator's own account. Nothing is stored.</summary>
public sealed record AccessReview : IMetadata<V1ObjectMeta>
{
    public string ApiVersion { get; } = "authorization.k8s.io/v1";
    public string Kind { get; } = "SelfSubjectAccessReview";
    public V1ObjectMeta Metadata { get; set; } = new();
    public required AccessReviewSpec Spec { get; init; }
    public AccessReviewStatus? Status { get; init; }
}

public sealed record AccessReviewSpec(ReviewedResource ResourceAttributes);

/// <summary>Without a namespace: in all of them.</summary>
public sealed record ReviewedResource(string Group, string Resource, string? Subresource, string Verb, string? Namespace, string? Name);

public sealed record AccessReviewStatus
{
    public bool Allowed { get; init; }
}
