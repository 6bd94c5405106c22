using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Operator.DevCluster.Caching;
using Operator.DevCluster.Workloads;
using Operator.Runtime;

namespace Operator.DevCluster.Tests.Workloads;

/// <summary>Over a cache that never learns of anything.</summary>
public sealed class PodExpectationsTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly KubernetesConnection connection = new(new() { Host = "http://127.0.0.1:1" }, "tests");
    private readonly V1ObjectMeta owner = new() { Uid = "owner", NamespaceProperty = "shop" };
    private readonly PodExpectations expectations;

    public PodExpectationsTests() => expectations = new(new(connection, time, NullLoggerFactory.Instance), time);

    [Fact]
    public async Task A_pod_counts_as_soon_as_it_is_made()
    {
        await CreateAsync(new ApiResult<V1Pod>.Ok(Pod("mine", "owner")));
        await CreateAsync(new ApiResult<V1Pod>.Ok(Pod("other", "another")));

        expectations.Claimable(owner).Select(p => p.Metadata.Name).Should().Equal("mine");
    }

    [Fact]
    public async Task A_pod_that_was_refused_does_not_count()
    {
        await CreateAsync(new ApiResult<V1Pod>.Forbidden("quota"));

        expectations.Claimable(owner).Should().BeEmpty();
    }

    [Fact]
    public async Task One_that_never_shows_is_not_waited_for_for_ever()
    {
        await CreateAsync(new ApiResult<V1Pod>.Ok(Pod("mine", "owner")));

        time.Advance(TimeSpan.FromMinutes(6));

        expectations.Claimable(owner).Should().BeEmpty();
    }

    public void Dispose() => connection.Dispose();

    private Task<ApiResult<V1Pod>> CreateAsync(ApiResult<V1Pod> answer) => expectations.CreateAsync(() => Task.FromResult(answer));

    private static V1Pod Pod(string name, string owner) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = "shop", Uid = name, OwnerReferences = [new() { Uid = owner, Controller = true }] },
    };
}
