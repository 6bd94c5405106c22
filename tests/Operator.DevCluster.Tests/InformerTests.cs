using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Operator.Runtime;

namespace Operator.DevCluster.Tests;

public sealed class InformerTests
{
    private sealed record Map : IMetadata<V1ObjectMeta>
    {
        public V1ObjectMeta Metadata { get; set; } = new();
    }

    [Fact]
    public async Task An_informer_follows_the_server_over_pages_and_a_compaction()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(new() { Controllers = false }, TestContext.Current.CancellationToken);
        using ApiClient api = new(cluster.Address);
        const string Maps = "/api/v1/namespaces/default/configmaps";
        for (int i = 0; i < 1200; i++)
            await api.CreateAsync(Maps, Objects.ConfigMap($"m-{i}"));

        using KubernetesConnection connection = new(cluster.ClientConfiguration("informer"), "informer");
        JsonSerializerOptions json = new(JsonSerializerDefaults.Web) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        ResourceKind<Map> kind = new("", "v1", "configmaps", Namespaced: true, (JsonTypeInfo<Map>)json.GetTypeInfo(typeof(Map)));
        Informer<Map> informer = new(new(connection, kind), TimeProvider.System, NullLoggerFactory.Instance);
        using CancellationTokenSource stop = new();
        var running = informer.RunAsync(stop.Token);
        await informer.Synced.WaitAsync(Waiting.Patience, TimeProvider.System, TestContext.Current.CancellationToken);
        informer.Store.Count.Should().Be(1200);

        await api.DeleteAsync($"{Maps}/m-7");
        cluster.Server.Store.Compact();
        await api.CreateAsync(Maps, Objects.ConfigMap("late"));

        await Waiting.UntilAsync(
            () => Task.FromResult(informer.Store.Get(new("default", "m-7")) is null && informer.Store.Get(new("default", "late")) is not null),
            "the informer knows of both writes");
        cluster.Server.Requests.All.Count(r => r is { Verb: "list", UserAgent: "informer" }).Should().BeGreaterThan(1, "a list comes in pages");
        await stop.CancelAsync();
        await running;
    }
}
