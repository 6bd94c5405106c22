using Operator.Api.V1Alpha1;
using Operator.DevCluster.Server;
using Operator.Runtime;

namespace Operator.Tests.Lifetime;

/// <summary>A deletion that fails, or is the last thing that an operator did, keeps nothing but itself and only until the next look.</summary>
public sealed class FailedDeletionTests : LifetimeTest
{
    public static TheoryData<string, bool> Deaths => new MatrixTheoryData<string, bool>(["configmaps", "recoveries", "securityfindings"], [true, false]);

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task Dead_around_a_deletion_the_next_operator_ends_it(string resource, bool before)
    {
        var record = await Old.RecordAsync("old", 100);
        await DieAsync(r => r.Verb == "delete" && r.Resource == resource, before);

        await StartAsync();

        await GoneAsync(record);
    }

    [Theory]
    [InlineData("configmaps", 403)]
    [InlineData("recoveries", 500)]
    [InlineData("recoveries", 409)]
    [InlineData("securityfindings", 403)]
    public async Task What_is_refused_keeps_no_other_and_is_tried_again(string resource, int code)
    {
        var refused = await Old.RecordAsync("refused", 200);
        var other = await Old.RecordAsync("other", 100);
        var name = resource switch { "configmaps" => refused.Evidence.Name, "recoveries" => refused.Recovery.Metadata.Name, _ => refused.Finding.Metadata.Name };
        Cluster.Api.Faults.Before = r => ValueTask.FromResult<Fault?>(
            r.Verb == "delete" && r.Resource == resource && r.Name == name && TestCluster.IsOperator(r) ? new Fault.Respond(new(code, "Refused", "not this one")) : null);

        await StartAsync();
        await GoneAsync(other);
        (await IsThereAsync(refused.Finding)).Should().BeTrue("what is left leads to what was refused");
        (await IsThereAsync(refused.Recovery)).Should().Be(resource != "securityfindings");

        Cluster.Api.Faults.Before = null;
        await InALaterPassAsync(async () => !await IsThereAsync(refused.Finding), "it is tried again");
        await GoneAsync(refused);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_finding_that_happens_again_while_it_is_deleted_stays(bool withRecord)
    {
        var finding = withRecord ? (await Old.RecordAsync("old", 100)).Finding : await Old.FindingAsync("old", 100);
        Cluster.Api.Faults.Before = async r =>
        {
            if (r is { Verb: "delete", Resource: "securityfindings" } && r.Name == finding.Metadata.Name && TestCluster.IsOperator(r))
            {
                finding.Status!.LastSeenAt = Time.GetUtcNow();
                finding = (await Cluster.Findings.ReplaceAsync(finding, "status")).Required();
            }
            return null;
        };

        await OthersHadTheirTurnAsync();

        (await IsThereAsync(finding)).Should().BeTrue();
        (await Cluster.OperatorWritesAsync()).Should().NotContain(r => r.Verb == "delete" && r.Name == finding.Metadata.Name);
    }

    [Fact]
    public async Task A_recovery_that_is_put_on_hold_while_it_is_deleted_stays()
    {
        var record = await Old.RecordAsync("old", 100);
        Cluster.Api.Faults.Before = async r =>
        {
            if (r is { Verb: "delete", Resource: "recoveries" } && TestCluster.IsOperator(r))
                (await Cluster.Recoveries.PatchAsync(
                    ObjectKey.Of(record.Recovery.Metadata),
                    Patch.Merge(new() { ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["labels"] = new System.Text.Json.Nodes.JsonObject { [WellKnown.HoldMark] = "" } } }))).Required();
            return null;
        };

        await OthersHadTheirTurnAsync();

        (await IsThereAsync(record.Recovery)).Should().BeTrue();
        (await IsThereAsync(record.Finding)).Should().BeTrue();
    }
}
