using System.Text.Json;
using System.Text.Json.Nodes;
using Operator.DevCluster.Resources;
using Operator.DevCluster.Server;

namespace Operator.DevCluster.Registry;

/// <summary>
/// What becomes of fields that a resource does not have, by the request's <c>fieldValidation</c>: they are dropped,
/// with a warning to the client unless it is <c>Ignore</c>, or refused if it is <c>Strict</c>. An apply never may have any.
/// Values of the wrong type are refused in any case.
/// </summary>
public sealed class UnknownFields
{
    private readonly ApiRequest? request;
    private readonly string directive;

    private UnknownFields(ApiRequest? request, string directive) => (this.request, this.directive) = (request, directive);

    public static UnknownFields Ignored { get; } = new(null, "Ignore");

    public static UnknownFields Of(ApiRequest request) => new(request, request.Parameter("fieldValidation") ?? "Warn");

    public void Prune(ResourceDefinition resource, JsonObject json)
    {
        string? patched = request?.Verb == "patch" && (directive == "Strict" || !resource.IsCustom) ? json.ToJsonString(JsonText.Options) : null;
        var unknown = Decode(resource, json, patched);
        if (unknown.Count == 0 || request is null)
            return;
        if (request.ContentType.StartsWith("application/apply-patch", StringComparison.Ordinal))
            throw new StatusException(Undeclared(resource, request.RequireObject(), unknown));
        var messages = unknown.Select(f => $"unknown field \"{f}\"").ToList();
        if (directive == "Strict")
            throw new StatusException(Refusal(resource, patched, $"strict decoding error: {string.Join(", ", messages)}"));
        if (directive == "Warn")
            request.Warnings.AddRange(messages.Except(request.Warnings));
    }

    /// <returns>The fields that it does not have, which are gone from it.</returns>
    private static IReadOnlyList<string> Decode(ResourceDefinition resource, JsonObject json, string? patched)
    {
        try
        {
            return [.. BuiltinType.Of(resource)?.Decode(json) ?? [], .. resource.Strategy.Prune(json)];
        }
        catch (FormatException mismatch)
        {
            throw new StatusException(Refusal(resource, patched, mismatch.Message));
        }
    }

    private static ApiStatus Refusal(ResourceDefinition resource, string? patched, string why) => patched is null
        ? ApiStatus.BadRequest($"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: {why}")
        : ApiStatus.Invalid("", "", "", [StatusCause.Invalid("patch", JsonSerializer.Serialize(patched, JsonText.Options), why)]);

    /// <summary>What the typed merge of an apply says; no fault of the server, yet a 500 there as well.</summary>
    private static ApiStatus Undeclared(ResourceDefinition resource, JsonObject configuration, IReadOnlyList<string> unknown)
    {
        var messages = unknown.Select(f => $".{f}: field not declared in schema").ToList();
        string why = messages is [var only] ? only : $"errors:\n  {string.Join("\n  ", messages)}";
        return new(500, "", $"failed to create typed patch object ({configuration.Namespace}/{configuration.Name}; {new GroupVersionKind(resource.GroupVersion, resource.Kind)}): {why}");
    }
}
