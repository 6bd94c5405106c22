using System.Net;
using System.Net.Sockets;

namespace Operator.TestClusters;

/// <summary>For programs that must be told a port before they listen on it.</summary>
public static class FreePort
{
    public static int Take()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
