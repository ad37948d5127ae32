using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>
/// The JavaScript client in a Node process of its own. It does what <c>client-driver.mjs</c> is told, and what it prints is kept in a queue
/// for each kind of line. One reader at a time.
/// </summary>
internal sealed class NodeClient : IAsyncDisposable
{
    private readonly ChildProcess _node;
    private readonly Dictionary<string, Queue<JsonElement>> _lines = [];

    private NodeClient(ChildProcess node) => _node = node;

    /// <summary>Where npm installs the package ws.</summary>
    public static string WebSocketPackage => RepositoryRoot.Combine("MessageQueue.Tests", "node", "node_modules", "ws");

    /// <summary>The client.</summary>
    public static string Module => RepositoryRoot.Combine("clients", "js", "messagequeue.js");

    /// <summary>Starts the process and makes the client, without waiting until it is open.</summary>
    /// <param name="url">The server.</param>
    /// <param name="options">The options of <c>connect</c>.</param>
    /// <param name="driver">What the driver does besides, such as <c>frames</c>.</param>
    public static async Task<NodeClient> StartAsync(string url, object? options = null, object? driver = null)
    {
        string script = RepositoryRoot.Combine("MessageQueue.Tests", "node", "client-driver.mjs");
        NodeClient client = new(ChildProcess.Start("node", [script, new Uri(Module).AbsoluteUri]));
        Dictionary<string, object?> parameters = new() { ["url"] = url, ["options"] = options ?? new { } };
        foreach (JsonProperty property in JsonSerializer.SerializeToElement(driver ?? new { }).EnumerateObject())
        {
            parameters[property.Name] = property.Value;
        }

        await client.DoAsync("connect", parameters);
        (await client.NextAsync("returned")).GetProperty("returned").GetString().Should().Be("connecting");
        return client;
    }

    /// <summary>Starts the process and waits until the client is open.</summary>
    public static async Task<NodeClient> ConnectAsync(string url, object? options = null, object? driver = null)
    {
        NodeClient client = await StartAsync(url, options, driver);
        await client.NextAsync("welcome");
        return client;
    }

    /// <summary>Tells the driver to do something.</summary>
    public Task DoAsync(string command, object? parameters = null)
    {
        Dictionary<string, JsonElement> line = JsonSerializer.SerializeToElement(parameters ?? new { }).EnumerateObject()
            .ToDictionary(property => property.Name, property => property.Value);
        line["command"] = JsonSerializer.SerializeToElement(command);
        return _node.WriteAsync(JsonSerializer.Serialize(line) + "\n");
    }

    /// <summary>Emits, waits for the answer, and returns it.</summary>
    public async Task<JsonElement> EmitAsync(object data, object? options = null, string @event = "chat")
    {
        await DoAsync("emit", new { @event, data, options = options ?? new { to = "lobby" } });
        return await NextAsync("emitted");
    }

    /// <summary>
    /// Returns the next line of a kind: <c>handled</c>, <c>emitted</c>, …, or what an observer was told, such as <c>state</c>.
    /// </summary>
    public async Task<JsonElement> NextAsync(string kind)
    {
        while (Of(kind).Count == 0)
        {
            await ReadAsync(kind);
        }

        return Of(kind).Dequeue();
    }

    /// <summary>Returns the data of the next events that were handled.</summary>
    public async Task<List<string>> HandledAsync(int count)
    {
        List<string> data = [];
        while (data.Count < count)
        {
            data.Add((await NextAsync("handled")).GetProperty("handled").ToString());
        }

        return data;
    }

    /// <summary>Waits until the client is in a state, and returns it.</summary>
    public async Task<JsonElement> StateAsync(string status)
    {
        while (true)
        {
            JsonElement state = (await NextAsync("state")).GetProperty("detail");
            if (state.GetProperty("status").GetString() == status)
            {
                return state;
            }
        }
    }

    /// <summary>Asks for the status, which comes after everything that was printed before.</summary>
    public async Task<JsonElement> StatusAsync()
    {
        await DoAsync("status");
        return await NextAsync("status");
    }

    /// <summary>Returns the lines of a kind that were printed so far and not read.</summary>
    public async Task<List<JsonElement>> SoFarAsync(string kind)
    {
        await StatusAsync();
        List<JsonElement> lines = [.. Of(kind)];
        Of(kind).Clear();
        return lines;
    }

    /// <summary>Waits until the outbox is empty.</summary>
    public async Task DrainAsync()
    {
        while ((await StatusAsync()).GetProperty("unsent").GetInt32() > 0)
        {
            await NextAsync("counts");
        }
    }

    /// <summary>Kills the process, so that it cannot do anything before it ends.</summary>
    public void Kill() => _node.Kill();

    /// <summary>Closes the client, which acknowledges what was handled.</summary>
    public async Task CloseAsync()
    {
        await DoAsync("close");
        await NextAsync("closed");
    }

    public override string ToString() => $"{_node.Output}\n{_node.Error}";

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private Queue<JsonElement> Of(string kind) =>
        _lines.TryGetValue(kind, out Queue<JsonElement>? queue) ? queue : _lines[kind] = new Queue<JsonElement>();

    private async Task ReadAsync(string what)
    {
        string text;
        try
        {
            text = await _node.Output.NextAsync(static _ => true, $"a line '{what}'");
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidOperationException($"Node ended before it printed '{what}':\n{this}", exception);
        }

        JsonElement line = JsonSerializer.Deserialize<JsonElement>(text);
        string kind = line.EnumerateObject().First().Name;
        Of(kind == "told" ? line.GetProperty(kind).GetString()! : kind).Enqueue(line);
    }
}
