namespace MessageQueue.Tests.EndToEnd;

/// <summary>The code of the README's "Embed it": it stands here so that it compiles, and <see cref="ReadmeTests"/> holds the two together.</summary>
internal static class EmbedExample
{
    public static async Task RunAsync()
    {
        // <README>
        await using var server = await MessageQueueServer.StartAsync(new()
        {
            Url = "http://127.0.0.1:8080",
            DataDirectory = "data",
            // Who may connect as which session, join which room, emit where. In the library all three are closed until you open them.
            AuthorizeConnect = request => ValueTask.FromResult(request.Token == "secret"),
            AuthorizeJoin = request => ValueTask.FromResult(true),
            AuthorizeEmit = request => ValueTask.FromResult(true),
        });
        Console.WriteLine(server.Url);
        await server.Completion;
        // </README>
    }
}
