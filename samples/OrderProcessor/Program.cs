// A worker that processes the orders of a server elsewhere. Killed in the middle, it goes on where it was.
using System.Runtime.InteropServices;
using MessageQueue.Client;
using OrderProcessor;

using CancellationTokenSource stop = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

await using MessageQueueClient client = new(new()
{
    Url = args.Length > 0 ? args[0] : "http://127.0.0.1:8080",
    Session = "order-processor",
    Rooms = ["orders"],
    Window = 10,
});
client.StateChanged += state => Console.WriteLine($"{state.Status} {state.Reason}");
client.Noticed += notice => Console.WriteLine(notice.Message);
client.Reconnect();
try
{
    await foreach (ReceivedEvent<Order> order in client.EventsAsync<Order>("order", stop.Token))
    {
        Console.WriteLine($"order {order.Number}: {order.Data.Count} {order.Data.Item} for {order.From}, again: {order.Redelivered}");

        // An order that was not acknowledged when the process died comes again, with the same number. With the number as the reference, its
        // answer is stored once. A database would have it as a unique key.
        EmitSettings reply = new() { To = [$"@{order.From}"], Id = $"shipped-{order.Number}" };
        await client.EmitAsync("shipped", new Shipped(order.Number, order.Data.Item), reply, stop.Token);
        await order.AckAsync();
    }
}
catch (OperationCanceledException)
{
    // Asked to stop. Leaving closes the client, which sends the last acknowledgements.
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
