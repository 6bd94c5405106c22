using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Operator.Telemetry;

namespace Operator.Receiver;

/// <summary>
/// How many connections one port holds, whatever they do: idle ones, half of a header, a TLS handshake that does not end. A port that is
/// full takes one more by closing the one that has been idle for longest, of the address that holds the most. So no address keeps another
/// out, and the kubelet is always answered.
/// </summary>
internal sealed class ConnectionShares(int most, OperatorMetrics metrics)
{
    private readonly Lock gate = new();

    /// <summary>Those that were idle for longest come first.</summary>
    private readonly LinkedList<Held> held = [];
    private readonly Dictionary<IPAddress, int> counts = [];

    /// <summary>Put before TLS: a handshake is part of what a connection costs.</summary>
    public async Task HoldAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        Held own = new(this, connection, AddressOf(connection.RemoteEndPoint));
        if (!TryEnter(own, out var displaced))
        {
            metrics.ConnectionClosed();
            connection.Abort(new ConnectionAbortedException("the address holds as many connections as it may"));
            return;
        }
        if (displaced is not null)
        {
            metrics.ConnectionClosed();
            displaced.Connection.Abort(new ConnectionAbortedException("another sender needs the connection"));
        }
        connection.Features.Set(own);
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(own);
        }
    }

    private bool TryEnter(Held own, out Held? displaced)
    {
        lock (gate)
        {
            displaced = null;
            var ofOwn = counts.GetValueOrDefault(own.Address) + 1;
            if (held.Count >= most)
            {
                // MaxBy takes the first of several: the one that has been idle for longest.
                displaced = held.Where(h => !h.IsAtWork).MaxBy(h => h.Address.Equals(own.Address) ? ofOwn : counts[h.Address]);
                if (displaced is null || (counts[displaced.Address] < ofOwn && !displaced.Address.Equals(own.Address)))
                {
                    displaced = null;
                    return false;
                }
                Remove(displaced);
            }
            counts[own.Address] = counts.GetValueOrDefault(own.Address) + 1;
            held.AddLast(own.Place);
            return true;
        }
    }

    private void Leave(Held own)
    {
        lock (gate)
            Remove(own);
    }

    private void Remove(Held one)
    {
        if (one.Place.List is null)
            return;
        held.Remove(one.Place);
        if (--counts[one.Address] == 0)
            counts.Remove(one.Address);
    }

    private void Rest(Held own)
    {
        lock (gate)
        {
            own.IsAtWork = false;
            if (own.Place.List is null)
                return;
            held.Remove(own.Place);
            held.AddLast(own.Place);
        }
    }

    /// <summary>Of IPv6 the network: who has one address of it has all.</summary>
    private static IPAddress AddressOf(EndPoint? remote)
    {
        if ((remote as IPEndPoint)?.Address is not { } address)
            return IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new(bytes);
    }

    /// <summary>A connection that counts.</summary>
    public sealed class Held : IDisposable
    {
        private readonly ConnectionShares shares;

        internal Held(ConnectionShares shares, ConnectionContext connection, IPAddress address)
        {
            (this.shares, Connection, Address) = (shares, connection, address);
            Place = new(this);
        }

        internal ConnectionContext Connection { get; }
        internal IPAddress Address { get; }
        internal LinkedListNode<Held> Place { get; }
        internal bool IsAtWork { get; set; }

        /// <summary>
        /// An authenticated request is under way, which counts among those of its source: until it is disposed, the connection is not
        /// closed for another.
        /// </summary>
        public IDisposable Work()
        {
            lock (shares.gate)
                IsAtWork = true;
            return this;
        }

        public void Dispose() => shares.Rest(this);
    }
}
