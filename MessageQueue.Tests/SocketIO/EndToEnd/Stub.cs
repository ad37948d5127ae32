using MessageQueue.Hosting;
using MessageQueue.SocketIO;
using MessageQueue.SocketIO.Connections;
using MessageQueue.SocketIO.Engine;
namespace MessageQueue.Tests.SocketIO.EndToEnd;
internal static class Stub
{
    public static void UseSocketIO(this MessageQueueOptions o, Action<SocketIOOptions>? c = null) =>
        o.Dialects.Add(new HostedDialect("/socket.io", core => new EngineServer(core, SocketIOOptions.From(c), new SocketIODialect(core.Dialects.Services, core.Dialects.Permissions.MayConnectAsync, SocketIOOptions.From(c), o.TimeProvider)).ServeAsync));
}
