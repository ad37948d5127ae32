using System.Globalization;
using System.Text;
using System.Threading.Channels;
using MessageQueue.Routing;

namespace MessageQueue.Handlers;

/// <summary>Acknowledges what durable handlers have finished, as any client does, with one message for all that has gathered.</summary>
internal sealed class FinishedWork
{
    private const int MaxNumbers = 256;

    private readonly Channel<long> _numbers = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleReader = true });
    private Task _running = Task.CompletedTask;

    /// <summary>Acknowledges for this client from now on.</summary>
    public void Start(Client client) => _running = Task.Run(() => RunAsync(client));

    /// <summary>An event is finished.</summary>
    public void Add(long number) => _numbers.Writer.TryWrite(number);

    /// <summary>Completes when all that was finished is acknowledged.</summary>
    public Task StopAsync()
    {
        _numbers.Writer.TryComplete();
        return _running;
    }

    private async Task RunAsync(Client client)
    {
        StringBuilder message = new();
        while (await _numbers.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            message.Clear().Append("{\"type\":\"ack\",\"id\":[");
            for (int i = 0; i < MaxNumbers && _numbers.Reader.TryRead(out long number); i++)
            {
                message.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{number}");
            }

            await client.OnMessageAsync(Encoding.UTF8.GetBytes(message.Append("]}").ToString())).ConfigureAwait(false);
        }
    }
}
