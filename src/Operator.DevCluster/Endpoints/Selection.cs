using Operator.DevCluster.Resources;
using Operator.DevCluster.Selectors;
using Operator.DevCluster.Server;
using Operator.DevCluster.Storage;

namespace Operator.DevCluster.Endpoints;

/// <summary>Which objects of a resource a list, watch or deletecollection is about.</summary>
internal sealed class Selection(ApiRequest request)
{
    private readonly string space = request.Namespace;
    private readonly ResourceDefinition resource = request.Target;
    private readonly LabelSelector labels = LabelSelector.Parse(request.Parameter("labelSelector"));
    private readonly FieldSelector fields = FieldSelector.Parse(request.Parameter("fieldSelector"), request.Target);

    public bool IsFiltered => !labels.MatchesEverything || !fields.MatchesEverything;

    public bool Includes(StoredObject stored) =>
        (space.Length == 0 || stored.Name.Namespace == space)
        && (labels.MatchesEverything || labels.Matches(stored.Json.Labels))
        && (fields.MatchesEverything || fields.Matches(stored.Json, resource));
}
