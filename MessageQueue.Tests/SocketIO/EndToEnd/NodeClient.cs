using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>One client of socket.io-client in a page. It keeps a queue of what it was told for each kind, in the order of coming.</summary>
internal sealed class NodeClient(NodePage page, string name)
{
    private readonly ConcurrentDictionary<string, Channel<JsonElement>> _told = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _answers = new();
    private volatile bool _ended;
    private int _emits;

    /// <summary>Its name in the page.</summary>
    public string Name => name;

    /// <summary>What it was told at its last connect: <c>id</c>, <c>pid</c>, <c>recovered</c>.</summary>
    public JsonElement Connection { get; private set; }

    /// <summary>The public id that it has, of the last connect.</summary>
    public string Id => Connection.GetProperty("id").GetString()!;

    /// <summary>The private id that it presents when it connects again.</summary>
    public string Pid => Connection.GetProperty("pid").GetString()!;

    /// <summary>Passes a command to the page.</summary>
    public Task DoAsync(string command, object? with = null)
    {
        Dictionary<string, object?> line = new() { ["do"] = command, ["client"] = name };
        foreach ((string field, JsonElement value) in JsonSerializer.SerializeToElement(with ?? new { }).EnumerateObject()
            .Where(field => field.Value.ValueKind != JsonValueKind.Null).Select(field => (field.Name, field.Value)))
        {
            line[field] = value;
        }

        return page.WriteAsync(line);
    }

    /// <summary>Emits an event.</summary>
    public Task EmitAsync(string @event, params object?[] args) => DoAsync("emit", new { @event, args });

    /// <summary>Emits an event with an acknowledgement callback. The task has its arguments, or fails with the client's error.</summary>
    public Task<JsonElement[]> AskAsync(string @event, params object?[] args) => AskWithinAsync(null, @event, args);

    /// <summary>Emits as <c>timeout(…).emit</c> does; null for a client that has <c>retries</c> or waits for ever.</summary>
    public async Task<JsonElement[]> AskWithinAsync(int? timeout, string @event, params object?[] args)
    {
        int number = Interlocked.Increment(ref _emits);
        TaskCompletionSource<JsonElement> answer = _answers[number] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await DoAsync("emit", new { @event, args, ack = number, timeout });
        JsonElement told = await answer.Task.OrTimeout();
        return told.TryGetProperty("error", out JsonElement error)
            ? throw new InvalidOperationException(error.GetString())
            : Args(told);
    }

    /// <summary>Waits until it has connected, or has connected again.</summary>
    public async Task<JsonElement> ConnectedAsync() => Connection = await NextAsync("connect");

    /// <summary>Waits until it has changed from polling to WebSocket.</summary>
    public Task UpgradedAsync() => NextAsync("upgrade");

    /// <summary>Waits until it has noticed that the connection is over and returns the reason.</summary>
    public async Task<string> DisconnectedAsync() => (await NextAsync("disconnect")).GetProperty("reason").GetString()!;

    /// <summary>Waits until a connect is refused and returns the message.</summary>
    public async Task<string> RefusedAsync() => (await NextAsync("connect_error")).GetProperty("message").GetString()!;

    /// <summary>Returns the next event: <c>event</c>, <c>args</c>, and <c>question</c> if an answer is expected.</summary>
    public Task<JsonElement> EventAsync() => NextAsync("event");

    /// <summary>Returns the first argument of each of the next events, which must have this name.</summary>
    public async Task<List<int>> NumbersAsync(string @event, int count)
    {
        List<int> numbers = [];
        while (numbers.Count < count)
        {
            JsonElement next = await EventAsync();
            next.GetProperty("event").GetString().Should().Be(@event);
            numbers.Add(Args(next)[0].GetInt32());
        }

        return numbers;
    }

    /// <summary>Checks that no event has come that was not read.</summary>
    public void ShouldHaveNoEvent() =>
        Of("event").Reader.TryRead(out JsonElement next).Should().BeFalse("no event is expected, but {0} came", next);

    /// <summary>Answers an event.</summary>
    public Task AnswerAsync(JsonElement asked, params object?[] args) =>
        DoAsync("answer", new { question = asked.GetProperty("question").GetInt32(), args });

    /// <summary>Waits until the page has done what it was told before.</summary>
    public async Task EchoAsync()
    {
        await DoAsync("echo");
        await NextAsync("echo");
    }

    /// <summary>Returns the next thing of this kind that it was told.</summary>
    public async Task<JsonElement> NextAsync(string kind)
    {
        try
        {
            return await Of(kind).Reader.ReadAsync().OrTimeout();
        }
        catch (Exception exception) when (exception is TimeoutException or ChannelClosedException)
        {
            throw new InvalidOperationException($"No '{kind}' came to client {name}. Its page said:\n{page}", exception);
        }
    }

    /// <summary>Returns the arguments of an event or of an answer.</summary>
    public static JsonElement[] Args(JsonElement told) => [.. told.GetProperty("args").EnumerateArray()];

    /// <summary>Takes a line of the page about this client.</summary>
    public void Told(JsonElement line)
    {
        string kind = line.GetProperty("is").GetString()!;
        if (kind == "ack")
        {
            // A second answer to the same emit is an error of the server: the client ignores it, and so do the tests.
            _answers[line.GetProperty("ack").GetInt32()].TrySetResult(line);
            return;
        }

        Of(kind).Writer.TryWrite(line);
    }

    /// <summary>Completes the queues, because the page has ended.</summary>
    public void Ended()
    {
        _ended = true;
        foreach (Channel<JsonElement> channel in _told.Values)
        {
            channel.Writer.TryComplete();
        }
    }

    private Channel<JsonElement> Of(string kind)
    {
        Channel<JsonElement> channel = _told.GetOrAdd(kind, _ => Channel.CreateUnbounded<JsonElement>());
        if (_ended)
        {
            channel.Writer.TryComplete();
        }

        return channel;
    }
}
