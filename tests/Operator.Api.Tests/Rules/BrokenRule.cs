using System.Text.Json.Nodes;

namespace Operator.Api.Tests.Rules;

/// <summary>A rule of a definition, and how an object breaks it.</summary>
/// <param name="Field">Where the rule stands, as in Definition.Fields.</param>
/// <param name="Message">What the user is told.</param>
/// <param name="Spoil">Makes a good object bad.</param>
internal sealed record BrokenRule(string Field, string Message, Action<JsonObject> Spoil)
{
    /// <summary>Makes the good object what it must be before it is spoiled, where the rule is about a change.</summary>
    public Action<JsonObject>? Before { get; init; }

    /// <summary>What the operator had written into the status by then.</summary>
    public JsonObject? Status { get; init; }

    /// <summary>A status that breaks the rule, and one that does not, where the rule is about the status.</summary>
    public (JsonObject Bad, JsonObject Good)? Statuses { get; init; }

    public bool IsAboutChange => Before is not null;

    public string Kind => Field.Split('.')[0];

    /// <summary>Every rule of config/crd, broken at least once.</summary>
    public static IReadOnlyList<BrokenRule> All { get; } =
    [
        .. Policies("RecoveryPolicy", "RecoveryPolicy.spec"),
        .. Policies("ClusterRecoveryPolicy", "ClusterRecoveryPolicy.spec"),
        .. Durations("Recovery.spec.policy.spec"),
        .. ((string[])["ClusterRecoveryPolicy.spec.trust", "Recovery.spec.policy.spec.trust"]).Select(trust => new BrokenRule(
            trust,
            "revoke: OnRecovery needs require: Listed, so that what people list is told from what they do not",
            o => o.Set(trust[(trust.IndexOf('.') + 1)..], new JsonObject { ["require"] = "NotRevoked", ["revoke"] = "OnRecovery" }))),
        new("ClusterRecoveryPolicy.spec.namespaceSelector.matchExpressions[]", Operators, o => o.Set("spec.namespaceSelector", Expression("NotIn"))),
        new("FindingSource", "manual is the source of findings that people create: choose another name", o => o.Set("metadata.name", "manual")),
        new("ImageRevocationList.spec.revoked", "every key must be a digest: sha256: and 64 hexadecimal digits", o => o.Set("spec.revoked", new JsonObject { ["cart:1.4"] = new JsonObject { ["reason"] = "bad" } })),
        new("SecurityFinding.spec.fields", "a key may have 64 characters at most", o => o.Set("spec.fields", new JsonObject { [new string('k', 65)] = "value" })),
        new("SecurityFinding.spec.fields", "keys and values together may have 16384 characters at most", o => o.Set("spec.fields", Fields(33, 64, 512))),
        new("ClusterRecoveryPolicy.spec.namespaceSelector.matchLabels", LongKey, o => o.Set("spec.namespaceSelector", LongLabel())),
        new("SecurityFinding.spec", "a finding cannot be changed: create another one", o => o.Set("spec.severity", "Low")) { Before = _ => { } },
        new("Recovery.spec.approval", "an approval must name the plan that was read: copy status.plan.hash into planHash", o => o.Set("spec.approval", new JsonObject { ["decision"] = "Approved" })),
        .. ((string[])["target.name", "policy.name", "finding.name"]).Select(fixedField =>
            new BrokenRule("Recovery.spec", "only approval and cancelled may be changed", o => o.Set($"spec.{fixedField}", "another")) { Before = WithoutApproval }),
        new("Recovery.spec", "only approval and cancelled may be changed", o => o.Set("spec.episode", 7)) { Before = WithoutApproval },
        new("Recovery.spec", "an approval is final: cancel the recovery instead", o => o.Set("spec.approval.decision", "Denied")) { Before = _ => { } },
        new("Recovery.spec", "an approval is final: cancel the recovery instead", WithoutApproval) { Before = _ => { } },
        new("Recovery.spec", "a cancelled recovery stays cancelled: another finding opens another one", o => o.Set("spec.cancelled", false)) { Before = o => o.Set("spec.cancelled", true) },
        new("Recovery.status", "only a recovery that has ended is archived", _ => { })
        {
            Statuses = (new() { ["archived"] = "2026-08-14" }, new() { ["archived"] = "2026-08-14", ["outcome"] = "Succeeded" }),
        },
        new("SecurityFinding.status", "only a finding that led to a recovery is archived", _ => { })
        {
            Statuses = (new() { ["archived"] = "2026-08-14", ["state"] = "Unmatched" }, new() { ["archived"] = "2026-08-14", ["state"] = "Matched" }),
        },
        new("Recovery", "planHash must be the hash of the plan that status.plan shows: read it, then approve it", Approve) { Before = WithoutApproval },
        new("Recovery", "planHash must be the hash of the plan that status.plan shows: read it, then approve it", Approve)
        {
            Before = WithoutApproval,
            Status = new() { ["plan"] = new JsonObject { ["version"] = 1, ["hash"] = "another", ["steps"] = new JsonArray() } },
        },
    ];

    private const string Operators = "In and NotIn need values; Exists and DoesNotExist have none";

    private const string LongKey = "a key may have 317 characters at most";

    private static JsonObject LongLabel() => new() { ["matchLabels"] = new JsonObject { [new string('k', 318)] = "value" } };

    private static JsonObject Fields(int count, int key, int value) =>
        new(Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"{i}".PadLeft(key, 'k'), (JsonNode?)new string('v', value))));

    private static JsonObject Names(int count) => new()
    {
        ["findings"] = new JsonArray([.. Enumerable.Range(0, count).Select(_ => new JsonObject { ["rules"] = new JsonArray([.. Enumerable.Range(0, 128).Select(r => JsonValue.Create($"rule {r}"))]) })]),
    };

    private static IEnumerable<BrokenRule> Policies(string kind, string spec) =>
    [
        new($"{spec}.match.podSelector.matchLabels", LongKey, o => o.Set("spec.match.podSelector", LongLabel())),
        new($"{spec}.match", "sources, rules and tags of all findings together may be 512 at most: use globs, or a second policy", o => o.Set("spec.match", Names(5))),
        .. Range($"{spec}.match.maxFindingAge", "1s", "168h", "0s", "169h"),
        new($"{spec}.match.podSelector.matchExpressions[]", Operators, o => o.Set("spec.match.podSelector", Expression("In"))),
        new($"{spec}.match.podSelector.matchExpressions[]", Operators, o => o.Set("spec.match.podSelector", Expression("Exists", "value"))),
        .. Durations(spec),
    ];

    private static IEnumerable<BrokenRule> Durations(string spec) =>
    [
        .. Range($"{spec}.evidence.deadline", "0s", "60s", null, "61s"),
        .. Range($"{spec}.replace.retainOriginalFor", "0s", "168h", null, "169h"),
        .. Range($"{spec}.replace.disruptionBudgets.overrideAfter", "0s", "24h", null, "25h"),
        .. Range($"{spec}.verify.deadline", "1s", "24h", "500ms", "1441m"),
        .. Range($"{spec}.verify.soak", "0s", "24h", null, "25h"),
        .. Range($"{spec}.limits.contain.per", "1s", "24h", "0s", "25h"),
        .. Range($"{spec}.limits.replace.cooldown", "0s", "24h", null, "25h"),
        .. Range($"{spec}.escalate.within", "1m", "168h", "59s", "169h"),
    ];

    private static IEnumerable<BrokenRule> Range(string field, string least, string most, string? less, string more) =>
        from value in (string?[])[less, more]
        where value is not null
        select new BrokenRule(field, $"must be from {least} to {most}", o => o.Set(field[(field.IndexOf('.') + 1)..], value));

    private static JsonObject Expression(string with, params string[] values) => new()
    {
        ["matchExpressions"] = new JsonArray(new JsonObject { ["key"] = "app", ["operator"] = with, ["values"] = new JsonArray([.. values.Select(v => JsonValue.Create(v))]) }),
    };

    private static void WithoutApproval(JsonObject recovery) => recovery["spec"]!.AsObject().Remove("approval");

    private static void Approve(JsonObject recovery) => recovery.Set("spec.approval", new JsonObject { ["decision"] = "Approved", ["planHash"] = "4be1d0f2a97c35e8", ["by"] = "alice" });
}

internal static class JsonPaths
{
    /// <summary>Sets what stands at a dotted path, and makes the way there.</summary>
    public static void Set(this JsonObject json, string path, JsonNode? value)
    {
        var names = path.Split('.');
        foreach (var name in names[..^1])
        {
            if (json[name] is not JsonObject inner)
                json[name] = inner = [];
            json = inner;
        }
        json[names[^1]] = value;
    }
}
