using Microsoft.AspNetCore.SignalR;

namespace MessageQueue.Benchmarks.Servers;

/// <summary>Rooms, as groups of SignalR. A publication is acknowledged by the completion of <see cref="Publish"/>.</summary>
internal sealed class RoomHub : Hub
{
    /// <summary>Enters a room.</summary>
    public Task Join(string room) => Groups.AddToGroupAsync(Context.ConnectionId, room);

    /// <summary>Sends to all in the room.</summary>
    public Task Publish(string room, string data) => Clients.Group(room).SendAsync("e", data);
}
