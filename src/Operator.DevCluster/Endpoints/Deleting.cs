using Operator.DevCluster.Registry;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Endpoints;

/// <summary>delete and deletecollection.</summary>
internal sealed class Deleting(Reading reading, ObjectDeletion deletion)
{
    public ApiResponse Delete(ApiRequest request)
    {
        var result = deletion.Delete(request.Target, new(request.Namespace, request.Name), RequestOptions.Delete(request));
        return result.Gone && !request.Target.ReturnsDeletedObject
            ? ApiResponse.Of(new(200, "", "") { Group = request.Group, Kind = request.Resource, Name = request.Name, Uid = result.Stored.Json.Uid })
            : ApiResponse.Of(200, result.Stored);
    }

    /// <summary>The answer is what the collection was before.</summary>
    public ApiResponse DeleteCollection(ApiRequest request)
    {
        if (!request.Target.DeletesCollections)
            throw new StatusException(ApiStatus.MethodNotAllowed);
        var options = RequestOptions.Delete(request);
        var page = reading.Select(request);
        foreach (var stored in page.Items)
        {
            try
            {
                deletion.Delete(request.Target, stored.Name, options);
            }
            catch (StatusException refused) when (refused.Status.Code == 404)
            {
                // It went meanwhile.
            }
        }
        return new(200, (http, cancellation) => page.WriteAsync(http, request.Target, cancellation));
    }
}
