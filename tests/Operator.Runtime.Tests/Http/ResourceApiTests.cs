using System.Net;
using System.Text.Json.Nodes;
using Operator.DevCluster.Server;

namespace Operator.Runtime.Tests.Http;

/// <summary>The verbs, their preconditions and their failures, against a server.</summary>
public sealed class ResourceApiTests : IAsyncLifetime
{
    private MapServer server = null!;

    private ResourceApi<Map> Maps => server.Maps;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await MapServer.StartAsync();

    [Fact]
    public async Task What_is_created_can_be_read_and_names_who_wrote_it()
    {
        var made = await server.CreateAsync(Map.Of("m", null, ("k", "v")));

        var read = (await Maps.GetAsync(Map.KeyOf("m"), Cancellation)).Required();
        (read.Metadata.Uid, read.Data!["k"]).Should().Be((made.Metadata.Uid, "v"));
        read.Metadata.ManagedFields.Should().BeNull("nobody here reads them, and they are often half of an object");
        (await server.Cluster.Requests.WritesAsync()).Should().ContainSingle().Which.FieldManager.Should().Be("tests");
        server.Transport.Sent[0].UserAgent.Should().Be("follower");
    }

    [Fact]
    public async Task Creating_twice_and_reading_nothing_are_values()
    {
        await server.CreateAsync(Map.Of("m"));

        (await Maps.CreateAsync(Map.Of("m"), Cancellation)).Should().BeOfType<ApiResult<Map>.AlreadyExists>();
        (await Maps.GetAsync(Map.KeyOf("none"), Cancellation)).Should().BeOfType<ApiResult<Map>.NotFound>();
        (await Maps.CreateAsync(Map.Of("NOT A NAME"), Cancellation)).Should().BeOfType<ApiResult<Map>.Invalid>().Which.Message.Should().Contain("metadata.name");
    }

    [Fact]
    public async Task A_replacement_of_an_older_version_is_a_conflict()
    {
        var made = await server.CreateAsync(Map.Of("m"));

        var replaced = (await Maps.ReplaceAsync(made with { Data = new() { ["k"] = "1" } }, cancellation: Cancellation)).Required();
        var stale = await Maps.ReplaceAsync(made with { Data = new() { ["k"] = "2" } }, cancellation: Cancellation);

        replaced.Data!["k"].Should().Be("1");
        stale.Should().BeOfType<ApiResult<Map>.Conflict>().Which.Message.Should().Contain("modified");
    }

    [Fact]
    public async Task A_deletion_by_UID_does_not_hit_the_next_of_that_name()
    {
        var first = await server.CreateAsync(Map.Of("m"));
        await server.DeleteAsync("m");
        var second = await server.CreateAsync(Map.Of("m"));

        (await Maps.DeleteAsync(Map.KeyOf("m"), new() { Uid = first.Metadata.Uid }, Cancellation)).Should().BeOfType<ApiResult<Deleted>.Conflict>();
        (await Maps.DeleteAsync(Map.KeyOf("m"), new() { Uid = second.Metadata.Uid, ResourceVersion = "1" }, Cancellation)).Should().BeOfType<ApiResult<Deleted>.Conflict>();
        (await Maps.DeleteAsync(Map.KeyOf("m"), new() { Uid = second.Metadata.Uid, ResourceVersion = second.Metadata.ResourceVersion }, Cancellation))
            .Should().BeOfType<ApiResult<Deleted>.Ok>();
        (await Maps.DeleteAsync(Map.KeyOf("m"), new(), Cancellation)).Should().BeOfType<ApiResult<Deleted>.NotFound>();
    }

    [Fact]
    public async Task A_JSON_patch_is_refused_as_a_whole_when_its_test_fails()
    {
        var made = await server.CreateAsync(Map.Of("m", null, ("k", "v")));
        Patch Set(string uid, string value) => Patch.Json(
        [
            new JsonObject { ["op"] = "test", ["path"] = "/metadata/uid", ["value"] = uid },
            new JsonObject { ["op"] = "replace", ["path"] = "/data/k", ["value"] = value },
        ]);

        (await Maps.PatchAsync(Map.KeyOf("m"), Set("another", "1"), cancellation: Cancellation)).Should().BeOfType<ApiResult<Map>.Invalid>();
        (await Maps.PatchAsync(Map.KeyOf("m"), Set(made.Metadata.Uid, "2"), cancellation: Cancellation)).Required().Data!["k"].Should().Be("2");
        (await Maps.PatchAsync(Map.KeyOf("none"), Set("u", "3"), cancellation: Cancellation)).Should().BeOfType<ApiResult<Map>.NotFound>();
        (await server.Cluster.Requests.WritesAsync())[^1].FieldManager.Should().Be("tests");
    }

    [Fact]
    public async Task A_merge_patch_changes_what_it_names_if_its_version_still_holds()
    {
        var made = await server.CreateAsync(Map.Of("m", null, ("k", "v"), ("l", "w")));
        Patch Set(string version) => Patch.Merge(new() { ["metadata"] = new JsonObject { ["resourceVersion"] = version }, ["data"] = new JsonObject { ["k"] = "x", ["l"] = null } });

        (await Maps.PatchAsync(Map.KeyOf("m"), Set(made.Metadata.ResourceVersion), cancellation: Cancellation)).Required()
            .Data.Should().BeEquivalentTo(new Dictionary<string, string> { ["k"] = "x" });
        (await Maps.PatchAsync(Map.KeyOf("m"), Set(made.Metadata.ResourceVersion), cancellation: Cancellation)).Should().BeOfType<ApiResult<Map>.Conflict>();
    }

    [Fact]
    public async Task An_apply_says_whether_it_takes_the_fields_of_others()
    {
        server.Transport.Answer = (_, _) => Task.FromResult<HttpResponseMessage?>(Reply.Json(Reply.Object("m", "1")));

        await Maps.PatchAsync(Map.KeyOf("m"), Patch.Apply([], force: true), cancellation: Cancellation);
        await Maps.PatchAsync(Map.KeyOf("m"), Patch.Apply([], force: false), "status", Cancellation);

        server.Transport.Sent.Select(s => (s.Path, s["fieldManager"], s["force"])).Should().Equal(
            ("/api/v1/namespaces/maps/configmaps/m", "tests", "true"), ("/api/v1/namespaces/maps/configmaps/m/status", "tests", null));
    }

    [Fact]
    public async Task Of_a_write_whose_answer_was_lost_nothing_is_known_and_the_second_try_finds_it()
    {
        server.Faults.After = request => new(request.IsWrite ? new Fault.Drop() : null);
        var create = () => Maps.CreateAsync(Map.Of("m"), Cancellation);

        await create.Should().ThrowAsync<ApiUnavailableException>();

        server.Faults.After = null;
        (await create()).Should().BeOfType<ApiResult<Map>.AlreadyExists>();
        (await server.Cluster.Requests.WritesAsync()).Should().ContainSingle("a write is not sent again behind the caller's back");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_hangs_ends_at_its_deadline_even_in_the_midst_of_its_body(bool headers)
    {
        RecordedTime time = new();
        Transport transport = new();
        using KubernetesConnection connection = new(new() { Host = "http://127.0.0.1:1" }, "tests", transport) { Time = time };
        var asked = false;
        transport.Answer = async (_, cancellation) =>
        {
            asked = true;
            if (!headers)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            return new WatchStream().Response;
        };
        ResourceApi<Map> maps = new(connection, Map.Resource);
        Task[] hanging = [maps.GetAsync(Map.KeyOf("m"), Cancellation), maps.ListAsync(Selection.All, cancellation: Cancellation)];
        await Waiting.UntilAsync(() => Task.FromResult(asked), "the request is sent");

        time.Advance(TimeSpan.FromSeconds(29));
        hanging.Should().OnlyContain(h => !h.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        foreach (var one in hanging)
        {
            var ended = () => one.WaitAsync(Waiting.Patience, TimeProvider.System);
            await ended.Should().ThrowAsync<ApiUnavailableException>().WithMessage("*no answer in time*");
        }
    }

    [Fact]
    public async Task A_caller_that_cancels_is_not_told_that_the_server_is_unavailable()
    {
        using CancellationTokenSource stop = new();
        TaskCompletionSource over = new();
        server.Faults.Before = async _ =>
        {
            await stop.CancelAsync();
            await over.Task;
            return null;
        };
        var get = () => Maps.GetAsync(Map.KeyOf("m"), stop.Token);

        await get.Should().ThrowAsync<OperationCanceledException>();
        over.SetResult();
    }

    [Theory]
    [InlineData("<html>Welcome</html>")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("""{"metadata":{"name":7}}""")]
    public async Task A_200_that_cannot_be_read_is_no_value(string body)
    {
        server.Transport.Answer = (_, _) => Task.FromResult<HttpResponseMessage?>(Reply.Json(body));
        var get = () => Maps.GetAsync(Map.KeyOf("m"), Cancellation);

        await get.Should().ThrowAsync<ApiUnavailableException>();
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        using KubernetesConnection nowhere = new(new() { Host = "http://127.0.0.1:1" }, "tests");
        var get = () => new ResourceApi<Map>(nowhere, Map.Resource).GetAsync(Map.KeyOf("m"), Cancellation);

        await get.Should().ThrowAsync<ApiUnavailableException>();
    }

    [Fact]
    public async Task The_429_of_a_budget_and_that_of_a_busy_server_come_through_as_they_are()
    {
        server.Faults.Before = request => new(request.Verb == "delete"
            ? new Fault.Respond(new(429, "TooManyRequests", "would violate") { Causes = [new("DisruptionBudget", "needs 2", "")], RetryAfterSeconds = 10 })
            : new Fault.Respond(new(429, "TooManyRequests", "slow down") { RetryAfterSeconds = 4 }));

        (await Maps.DeleteAsync(Map.KeyOf("m"), new(), Cancellation))
            .Should().Be(new ApiResult<Deleted>.Throttled(TimeSpan.FromSeconds(10), DisruptionBudget: true, "would violate"));
        (await Maps.GetAsync(Map.KeyOf("m"), Cancellation))
            .Should().Be(new ApiResult<Map>.Throttled(TimeSpan.FromSeconds(4), DisruptionBudget: false, "slow down"));
    }

    [Fact]
    public async Task A_proxy_that_answers_in_plain_text_is_understood_by_its_code()
    {
        server.Transport.Answer = (_, _) => Task.FromResult<HttpResponseMessage?>(Reply.Text(HttpStatusCode.Forbidden, "blocked"));

        (await Maps.GetAsync(Map.KeyOf("m"), Cancellation)).Should().Be(new ApiResult<Map>.Forbidden("HTTP 403"));
    }

    [Fact]
    public async Task A_list_comes_in_pages_and_an_empty_one_may_be_null()
    {
        foreach (var name in (string[])["a", "b", "c"])
            await server.CreateAsync(Map.Of(name));

        var first = (await Maps.ListAsync(Map.All, limit: 2, cancellation: Cancellation)).Required();
        var last = (await Maps.ListAsync(Map.All, first.Continue, limit: 2, cancellation: Cancellation)).Required();
        server.Transport.Answer = (_, _) => Task.FromResult<HttpResponseMessage?>(Reply.Json("""{"items":null,"apiVersion":"v1","metadata":{"remainingItemCount":0,"resourceVersion":"7","continue":""}}"""));
        var empty = (await Maps.ListAsync(Selection.All, cancellation: Cancellation)).Required();

        first.Items.Select(m => m.Metadata.Name).Should().Equal("a", "b");
        last.Items.Select(m => m.Metadata.Name).Should().Equal("c");
        (last.Continue, last.ResourceVersion).Should().Be((null, first.ResourceVersion));
        (empty.Items.Count, empty.ResourceVersion, empty.Continue).Should().Be((0, "7", null));
    }

    [Fact]
    public async Task A_watch_event_may_name_its_object_before_its_type_and_be_of_any_length()
    {
        WatchStream stream = new();
        server.Transport.Answer = (_, _) => Task.FromResult<HttpResponseMessage?>(stream.Response);
        var large = new string('x', 300_000);
        var writing = stream.WriteAsync($$$"""{"object":{"metadata":{"name":"m","resourceVersion":"3"},"data":{"k":"{{{large}}}"}},"extra":[{}],"type":"MODIFIED"}""" + "\r\n");
        List<WatchEvent<Map>> events = [];

        await foreach (var happened in Maps.WatchAsync(Selection.All, "1", Cancellation))
        {
            events.Add(happened);
            stream.End();
        }
        await writing;

        events.Should().ContainSingle().Which.Should().BeOfType<WatchEvent<Map>.Present>().Which.Value.Data!["k"].Should().Be(large);
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
