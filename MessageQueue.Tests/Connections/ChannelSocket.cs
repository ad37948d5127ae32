using System.Collections.Concurrent;
using System.Text;
using MessageQueue.Connections;
using MessageQueue.Protocol;
using MessageQueue.Transport;

namespace MessageQueue.Tests.Connections;

/// <summary>One WebSocket and its channels.</summary>
internal sealed class ChannelSocket : IConnectionHandler, IOpenConnection
{
    private readonly ConcurrentDictionary<byte, ClientChannel> _channels = [];
    private readonly ChannelDialect _dialect;
    private readonly ClientRequest _request = new();

    public ChannelSocket(ChannelDialect dialect, IConnectionOutput output)
    {
        _dialect = dialect;
        Output = new OutputWriter(output, dialect.Services.Broker);
    }

    /// <summary>The output for the frames of all its channels.</summary>
    public OutputWriter Output { get; }

    /// <summary>Completes when the socket and all its channels have ended.</summary>
    public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool TakesBinary => true;

    public ValueTask OnMessageAsync(ReadOnlyMemory<byte> message)
    {
        Output.Close(CloseReason.BadParameters("messages are binary"));
        return ValueTask.CompletedTask;
    }

    public ValueTask OnBinaryMessageAsync(ReadOnlyMemory<byte> message)
    {
        (byte number, byte letter) = (message.Span[0], message.Span[1]);
        ReadOnlyMemory<byte> rest = message[2..];
        if (letter == 'O')
        {
            return new ValueTask(OpenAsync(number, rest));
        }

        if (!_channels.TryGetValue(number, out ClientChannel? channel))
        {
            return ValueTask.CompletedTask;
        }

        if (letter == 'C')
        {
            _channels.TryRemove(number, out _);
            channel.Close(CloseReason.ClosedByClient);
            return new ValueTask(channel.DetachAsync());
        }

        return ChannelCodec.TryRead(letter, rest, _request)
            ? channel.Client.RequestAsync(_request)
            : channel.Client.RejectAsync(new ProtocolError(ErrorCode.BadMessage, "not a message of this dialect"), _request.Reference);
    }

    public void OnDrained()
    {
        foreach (ClientChannel channel in _channels.Values)
        {
            channel.Client.OnDrained();
        }
    }

    public async ValueTask OnClosedAsync()
    {
        await Task.WhenAll(_channels.Values.Select(channel => channel.DetachAsync()));
        Over.SetResult();
    }

    public void ShutDown(CloseReason reason)
    {
        Output.Close(reason);
        foreach (ClientChannel channel in _channels.Values)
        {
            channel.Client.Abandon();
        }
    }

    private Task OpenAsync(byte number, ReadOnlyMemory<byte> rest)
    {
        ConnectionParameters parameters = new()
        {
            Namespace = Encoding.UTF8.GetString(ChannelCodec.Text(ref rest).Span),
            Session = Encoding.UTF8.GetString(ChannelCodec.Text(ref rest).Span),
            Rooms = [Encoding.UTF8.GetString(ChannelCodec.Text(ref rest).Span)],
        };
        ClientChannel channel = new(number, this, _dialect, parameters);
        return _channels.TryAdd(number, channel) ? channel.Client.AttachAsync() : Task.CompletedTask;
    }
}
