using System.Reflection;

namespace Operator.TestClusters;

/// <summary>Says at the end of a test assembly which cluster ran and what was left out, in artifacts/clusters; an assembly fixture.</summary>
public sealed class ClusterReport : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await SharedApiServer.StopAsync();
        await ExistingCluster.StopAsync();
        var folder = Directory.CreateDirectory(Path.Combine(RepositoryRoot.Folder, "artifacts", "clusters")).FullName;
        var assembly = Assembly.GetEntryAssembly()!.GetName().Name;
        await File.WriteAllLinesAsync(Path.Combine(folder, $"{assembly}.{ChosenCluster.Kind}.txt"), ChosenCluster.Report().Select(line => $"{assembly}: {line}"));
    }
}
