using System.Text;
using MessageQueue.Connections;
using MessageQueue.Http;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// The namespaces that a Socket.IO connection has joined, and those that the server has removed it from until it joins again. It joins and
/// leaves one at a time.
/// </summary>
/// <param name="dialect">What it shares with the server's other connections.</param>
/// <param name="owner">The connection.</param>
/// <param name="output">Where to write to.</param>
internal sealed class JoinedNamespaces(SocketIODialect dialect, SocketIOConnection owner, OutputWriter output)
{
    private NamespaceConnection[] _items = [];
    private volatile bool _hasJoined;

    /// <summary>The namespaces. May be read on any thread.</summary>
    public NamespaceConnection[] Items => Volatile.Read(ref _items);

    /// <summary>Whether the client has ever joined one.</summary>
    public bool HasJoined => _hasJoined;

    /// <summary>Returns the namespace of this name, as a client writes it; null if it was not joined.</summary>
    public NamespaceConnection? Find(ReadOnlySpan<byte> name)
    {
        foreach (NamespaceConnection ns in _items)
        {
            if (ns.Name.AsSpan().SequenceEqual(name.IsEmpty ? "/"u8 : name))
            {
                return ns;
            }
        }

        return null;
    }

    /// <summary>Joins a namespace, or refuses it. Returns false if the packet breaks the protocol.</summary>
    /// <param name="packet">The CONNECT.</param>
    /// <param name="left">The namespace of this name that the server has removed it from; null for none.</param>
    public async ValueTask<bool> TryConnectAsync(Packet packet, NamespaceConnection? left)
    {
        if (!ConnectAuth.TryRead(packet.Payload.Span, out ConnectAuth auth, out string? error))
        {
            return false;
        }

        // Counts as a message: joining may make a session, which is more work than any event.
        if (owner.Engine.Rate is { } rate)
        {
            await rate.EnterAsync().ConfigureAwait(false);
        }

        ReadOnlyMemory<byte> wireName = packet.Namespace.IsEmpty ? "/"u8.ToArray() : packet.Namespace;
        string name = Encoding.UTF8.GetString(wireName.Span);
        if (left is not null)
        {
            await RemoveAsync(left).ConfigureAwait(false);
        }

        // A name that is not written as the server writes it would not match in the client.
        if (!NamespacePath.TryParse(name, out string parsed, out _) || parsed != name || !dialect.HasNamespace(name))
        {
            Refuse(wireName, "Invalid namespace");
        }
        else if (error is not null)
        {
            Refuse(wireName, error);
        }
        else if (_items.Length >= dialect.Options.MaxNamespaces)
        {
            Refuse(wireName, $"a connection may join {dialect.Options.MaxNamespaces} namespaces at most");
        }
        else
        {
            await JoinAsync(name, packet.Payload, auth).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Leaves a namespace because the client says so.</summary>
    public async Task LeaveAsync(NamespaceConnection ns)
    {
        await ns.LeaveAsync().ConfigureAwait(false);
        await RemoveAsync(ns).ConfigureAwait(false);
    }

    private async ValueTask JoinAsync(string name, ReadOnlyMemory<byte> payload, ConnectAuth auth)
    {
        Recovery recovery = Recovery.Of(auth, dialect.Services.Broker.LogIdentity, dialect.Pages);
        NamespaceConnection ns = await JoinAsync(name, payload, auth, recovery).ConfigureAwait(false);
        if (ns.NeedsNewSession)
        {
            await RemoveAsync(ns).ConfigureAwait(false);
            ns = await JoinAsync(name, payload, auth, default).ConfigureAwait(false);
        }

        if (ns.IsClosed)
        {
            await RemoveAsync(ns).ConfigureAwait(false);
        }
        else
        {
            _hasJoined = true;
        }
    }

    private async ValueTask<NamespaceConnection> JoinAsync(string name, ReadOnlyMemory<byte> payload, ConnectAuth auth, Recovery recovery)
    {
        ConnectRequest request = new(
            name, recovery.Session, auth.Token ?? PresentedToken.Of(owner.Engine.Request.Request), owner.Engine.Request);
        Admission admission = await dialect.AdmitAsync(request).ConfigureAwait(false);
        ConnectionParameters parameters = new() { Namespace = name, Session = admission.Session };
        Handshake? handshake = dialect.HandshakeOf(owner.Engine.Request, name, payload.Span);
        NamespaceConnection ns = new(dialect, owner, output, parameters, recovery, handshake, admission.Grant);
        Volatile.Write(ref _items, [.. _items, ns]);
        if (admission.Refusal is { } refusal)
        {
            // Always an error of this namespace, so that the app learns of it: else the client would come back with the same token.
            ns.Close(refusal with { Reconnects = false });
        }
        else
        {
            await ns.Client.AttachAsync().ConfigureAwait(false);
        }

        return ns;
    }

    private async ValueTask RemoveAsync(NamespaceConnection ns)
    {
        await ns.DetachAsync().ConfigureAwait(false);
        Volatile.Write(ref _items, Array.FindAll(_items, other => other != ns));
    }

    private void Refuse(ReadOnlyMemory<byte> name, string message) =>
        output.WriteNow(NamespacePackets.ConnectError(name.Span, message));
}
