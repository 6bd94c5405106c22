using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Operator.DevCluster.Authentication;
using Operator.DevCluster.Resources;

namespace Operator.DevCluster.Server;

/// <summary>One request as the server understood it, and once it is finished its outcome: an entry of the audit log.</summary>
public sealed class ApiRequest
{
    private JsonNode? parsed;

    /// <summary>get, list, watch, create, update, patch, delete, deletecollection; of what is no resource, the HTTP method in lower case.</summary>
    public required string Verb { get; init; }

    /// <summary>The path as it was sent, for what is no resource.</summary>
    public required string Path { get; init; }

    /// <summary>The query as it was sent, with its question mark; empty if there is none.</summary>
    public string QueryString { get; init; } = "";
    public string Group { get; init; } = "";
    public string Version { get; init; } = "";

    /// <summary>The plural name, as in the path; empty for what is no resource.</summary>
    public string Resource { get; init; } = "";
    public string Subresource { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";
    public string UserAgent { get; init; } = "";

    /// <summary>Who asks, once this server has authenticated them.</summary>
    public UserInfo User { get; internal set; } = UserInfo.Administrator;

    /// <summary>The query parameter, or what a kube-apiserver makes of the user agent instead.</summary>
    public string FieldManager { get; init; } = "";
    public string ContentType { get; init; } = "";
    public ReadOnlyMemory<byte> Body { get; internal set; }

    /// <summary>The body as JSON; null if there is none.</summary>
    public JsonNode? RequestBody => Body.IsEmpty ? null : parsed ??= RequestBodies.Parse(Body, ContentType);

    /// <summary>When the request arrived.</summary>
    public DateTimeOffset Timestamp { get; init; }

    /// <summary>The order in which requests finished, from 1; 0 while it is under way.</summary>
    public long Sequence { get; internal set; }

    /// <summary>The HTTP status; 0 while it is under way. A fault after the write changes what the client sees, not this.</summary>
    public int ResponseCode { get; internal set; }

    /// <summary>The object or Status that answers it; null for lists, watches and logs.</summary>
    public JsonObject? ResponseObject { get; internal set; }

    /// <summary>Whether it asked for a change.</summary>
    public bool IsWrite => Verb is "create" or "update" or "patch" or "delete" or "deletecollection";

    /// <summary>What the client is told beside the answer, in headers.</summary>
    public List<string> Warnings { get; } = [];

    internal IQueryCollection Query { get; init; } = QueryCollection.Empty;
    internal string Accept { get; init; } = "";
    internal ResourceDefinition? Definition { get; init; }

    /// <summary>The definition, of a request that has been matched to one.</summary>
    internal ResourceDefinition Target => Definition ?? throw new StatusException(ApiStatus.NoSuchPath);

    internal IReadOnlyList<string> DryRunValues => [.. Query["dryRun"].Select(v => v ?? "")];

    internal string? Parameter(string name) => Query[name].ToString() is { Length: > 0 } value ? value : null;

    internal bool Flag(string name) => Parameter(name) is "true" or "1";

    internal JsonObject RequireObject() => RequestBody as JsonObject
        ?? throw new StatusException(ApiStatus.BadRequest("the object provided is unrecognized (must be of type object)"));

    public override string ToString() =>
        Resource.Length == 0 ? $"{Verb} {Path}" : $"{Verb} {Resource}{(Subresource.Length > 0 ? "/" + Subresource : "")} {Namespace}/{Name}";
}
