using System.Collections.Concurrent;
using System.Threading.Channels;
using MessageQueue.Client;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>A client, with all that it tells.</summary>
internal sealed class ClientProbe : IAsyncDisposable
{
    private readonly Channel<ClientState> _states = Channel.CreateUnbounded<ClientState>();
    private readonly Channel<ClientNotice> _notices = Channel.CreateUnbounded<ClientNotice>();

    public ClientProbe(MessageQueueClientOptions options)
    {
        Client = new MessageQueueClient(options);
        Client.StateChanged += state => _states.Writer.TryWrite(state);
        Client.Noticed += Note;
    }

    public MessageQueueClient Client { get; }

    /// <summary>All notices so far.</summary>
    public ConcurrentQueue<ClientNotice> Notices { get; } = new();

    /// <summary>Waits for a state, and passes over others.</summary>
    public async Task<ClientState> UntilAsync(ClientStatus status)
    {
        while (true)
        {
            ClientState state = await _states.Reader.ReadAsync().OrTimeout();
            if (state.Status == status)
            {
                return state;
            }
        }
    }

    /// <summary>Waits for a notice, and passes over others.</summary>
    public async Task<ClientNotice> NoticeAsync(ClientNoticeKind kind)
    {
        while (true)
        {
            ClientNotice notice = await _notices.Reader.ReadAsync().OrTimeout();
            if (notice.Kind == kind)
            {
                return notice;
            }
        }
    }

    /// <summary>Connects, and takes the states up to open.</summary>
    public async Task<ClientProbe> OpenAsync()
    {
        await Client.ConnectAsync().OrTimeout();
        await UntilAsync(ClientStatus.Open);
        return this;
    }

    /// <summary>Handles the events of a name, and returns those that came.</summary>
    public ChannelReader<ReceivedEvent<T>> Collect<T>(string name, Func<ReceivedEvent<T>, Task>? handle = null)
    {
        Channel<ReceivedEvent<T>> received = Channel.CreateUnbounded<ReceivedEvent<T>>();
        Client.On<T>(name, async one =>
        {
            received.Writer.TryWrite(one);
            await (handle?.Invoke(one) ?? Task.CompletedTask);
        });
        return received.Reader;
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    private void Note(ClientNotice notice)
    {
        Notices.Enqueue(notice);
        _notices.Writer.TryWrite(notice);
    }
}
