using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>
/// Every row of the emit cheatsheet in docs/socketio.md, run. Ann is <c>socket</c> and in room1, Bob in room2, Carol in room1 and room4,
/// Dave in none; Nina is in room1 of another namespace.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class EmitCheatsheetTests
{
    private const string Section = "## Emit cheatsheet";

    private static readonly CheatsheetRow[] Rows =
    [
        CheatsheetRow.Of(
            "socket.emit(\"hello\", \"world\")", "ann", (server, io, socket) => socket.EmitAsync("hello", "world")) with
        {
            Data = "\"world\"",
        },
        CheatsheetRow.Of(
            "socket.emit(\"hello\", 1, \"2\", Buffer.from([6]))", "ann",
            (server, io, socket) => socket.EmitAsync("hello", new Arguments(1, "2", new BinaryValue(new byte[] { 6 })))) with
        {
            Data = """[1,"2",{"$binary":"Bg=="}]""",
        },
        CheatsheetRow.Of(
            "await socket.emitWithAck(\"hello\", \"world\")", "ann",
            (server, io, socket) => socket.EmitWithAckAsync<string>("hello", "world", Timeout.InfiniteTimeSpan)) with
        {
            Data = "\"world\"",
            Check = answer => answer.Should().Be("hi from ann"),
        },
        CheatsheetRow.Of(
            "await socket.timeout(5000).emitWithAck(\"hello\", \"world\")", "ann",
            (server, io, socket) => socket.EmitWithAckAsync<string>("hello", "world", TimeSpan.FromSeconds(5))) with
        {
            Data = "\"world\"",
            Check = answer => answer.Should().Be("hi from ann"),
        },
        CheatsheetRow.Of(
            "io.emit(\"hello\")", "ann bob carol dave", (server, io, socket) => io.EmitAsync("hello")),
        CheatsheetRow.Of(
            "socket.broadcast.emit(\"hello\")", "bob carol dave", (server, io, socket) => io.Except(socket).EmitAsync("hello")),
        CheatsheetRow.Of(
            "await io.timeout(5000).emitWithAck(\"hello\", \"world\")", "ann bob carol dave",
            (server, io, socket) => io.To("*").EmitWithAckAsync<string>("hello", "world", TimeSpan.FromSeconds(5))) with
        {
            Data = "\"world\"",
            Check = answers => Values(answers).Should().BeEquivalentTo("hi from ann", "hi from bob", "hi from carol", "hi from dave"),
        },
        CheatsheetRow.Of(
            "io.to(\"room1\").emit(\"hello\")", "ann carol", (server, io, socket) => io.To("room1").EmitAsync("hello")),
        CheatsheetRow.Of(
            "io.in(\"room1\").emit(\"hello\")", "ann carol", (server, io, socket) => io.To("room1").EmitAsync("hello")),
        CheatsheetRow.Of(
            "io.to([\"room1\", \"room2\"]).emit(\"hello\")", "ann bob carol",
            (server, io, socket) => io.To("room1", "room2").EmitAsync("hello")),
        CheatsheetRow.Of(
            "io.except(\"room4\").emit(\"hello\")", "ann bob dave", (server, io, socket) => io.Except("room4").EmitAsync("hello")),
        CheatsheetRow.Of(
            "io.to(\"room1\").to([\"room2\", \"room3\"]).except(\"room4\").emit(\"hello\")", "ann bob",
            (server, io, socket) => io.To("room1").To("room2", "room3").Except("room4").EmitAsync("hello")),
        CheatsheetRow.Of(
            "socket.to(\"room1\").emit(\"hello\")", "carol", (server, io, socket) => socket.To("room1").EmitAsync("hello")),
        CheatsheetRow.Of(
            "io.to(socketId).emit(\"hello\")", "ann", (server, io, socket) => io.To("@" + socket.Address).EmitAsync("hello")),
        CheatsheetRow.Of(
            "io.of(\"/my-namespace\").emit(\"hello\")", "nina",
            (server, io, socket) => server.Of("/my-namespace").EmitAsync("hello")),
        CheatsheetRow.Of(
            "io.of(\"/my-namespace\").to(\"room1\").emit(\"hello\")", "nina",
            (server, io, socket) => server.Of("/my-namespace").To("room1").EmitAsync("hello")),
        CheatsheetRow.Of(
            "await socket.timeout(5000).to(\"room1\").to([\"room2\", \"room3\"]).except(\"room4\").emitWithAck(\"hello\")", "bob",
            (server, io, socket) => socket.To("room1").To("room2", "room3").Except("room4")
                .EmitWithAckAsync<string>("hello", null, TimeSpan.FromSeconds(5))) with
        {
            Check = answers => Values(answers).Should().Equal("hi from bob"),
        },
        CheatsheetRow.Of(
            "socket.volatile.emit(\"hello\")", "ann", (server, io, socket) => socket.Volatile.EmitAsync("hello")),
        CheatsheetRow.Of(
            "io.volatile.to(\"room1\").emit(\"hello\")", "ann carol",
            (server, io, socket) => io.Volatile.To("room1").EmitAsync("hello")),
        CheatsheetRow.Of(
            "io.local.emit(\"hello\")", "ann bob carol dave", (server, io, socket) => io.EmitAsync("hello")),
        CheatsheetRow.None("socket.compress(false).emit(\"hello\")"),
        CheatsheetRow.None("io.serverSideEmit(\"hello\", \"world\")"),
        CheatsheetRow.None("await io.serverSideEmitWithAck(\"hello\", \"world\")"),
        CheatsheetRow.Of("socket.join(\"room3\")", "", (server, io, socket) => socket.JoinAsync("room3")),
        CheatsheetRow.Of("socket.leave(\"room1\")", "", (server, io, socket) => socket.LeaveAsync("room1")),
        CheatsheetRow.Of("socket.disconnect()", "", (server, io, socket) => socket.DisconnectAsync()),
        CheatsheetRow.Of("await io.fetchSockets()", "", (server, io, socket) => io.SessionsAsync()) with
        {
            Check = sessions => Names(sessions).Should().BeEquivalentTo("ann", "bob", "carol", "dave"),
        },
        CheatsheetRow.Of(
            "await io.in(\"room1\").except(\"room4\").fetchSockets()", "",
            (server, io, socket) => io.To("room1").Except("room4").SessionsAsync()) with
        {
            Check = sessions => Names(sessions).Should().Equal("ann"),
        },
        CheatsheetRow.Of("io.socketsJoin(\"room3\")", "", (server, io, socket) => io.JoinAsync("room3")) with
        {
            Check = count => count.Should().Be(4),
        },
        CheatsheetRow.Of("io.in(\"room1\").socketsJoin(\"room3\")", "", (server, io, socket) => io.To("room1").JoinAsync("room3")) with
        {
            Check = count => count.Should().Be(2),
        },
        CheatsheetRow.Of("io.in(\"room1\").socketsLeave(\"room4\")", "", (server, io, socket) => io.To("room1").LeaveAsync("room4")) with
        {
            Check = count => count.Should().Be(2),
        },
        CheatsheetRow.Of("io.in(\"room4\").disconnectSockets()", "", (server, io, socket) => io.To("room4").DisconnectAsync()) with
        {
            Check = count => count.Should().Be(1),
        },
    ];

    [Test]
    public void The_page_shows_these_rows()
    {
        string page = File.ReadAllText(RepositoryRoot.Combine("docs", "socketio.md"));
        string section = page.Split("\n## ").Single(part => part.StartsWith(Section[3..], StringComparison.Ordinal));
        string[][] shown =
        [
            .. section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split(" | ")),
        ];

        shown.Select(cells => $"{cells[0]} | {cells[1]}")
            .Should().Equal(Rows.Select(row => $"| `{row.Original}` | {(row.Code is null ? "none" : $"`{row.Code}`")}"));
        shown.Should().OnlyContain(cells => cells.Length == 3);
    }

    [TestCaseSource(nameof(Runnable))]
    public async Task A_row_does_what_the_original_does(CheatsheetRow row)
    {
        await using TestServer server = await TestServer.StartAsync();
        Namespace io = server.Server.Of("/");
        Namespace other = server.Server.Of("/my-namespace");
        Dictionary<string, EventClient> clients = new()
        {
            ["ann"] = await server.ConnectAsync("session=ann&room=room1"),
            ["bob"] = await server.ConnectAsync("session=bob&room=room2"),
            ["carol"] = await server.ConnectAsync("session=carol&room=room1&room=room4"),
            ["dave"] = await server.ConnectAsync("session=dave"),
            ["nina"] = await server.ConnectAsync("session=nina&room=room1", "/my-namespace"),
        };
        Session socket = (await io.FindSessionAsync("ann").OrTimeout())!;

        if (row.Receivers.Length > 0)
        {
            Task<string?>[] receiving = [.. clients.Select(client => ReceiveAsync(client.Key, client.Value, row.Data))];
            row.Check(await row.Run!(server.Server, io, socket).OrTimeout());
            await io.EmitAsync("fence").OrTimeout();
            await other.EmitAsync("fence").OrTimeout();
            (await Task.WhenAll(receiving).OrTimeout()).OfType<string>().Should().Equal(row.Receivers.Split(' '));
        }
        else
        {
            row.Check(await row.Run!(server.Server, io, socket).OrTimeout());
        }

        foreach (EventClient client in clients.Values)
        {
            await client.DisposeAsync();
        }
    }

    private static IEnumerable<CheatsheetRow> Runnable() => Rows.Where(row => row.Code is not null);

    // Returns the name if the event came. Answers where the server asks.
    private static async Task<string?> ReceiveAsync(string name, EventClient client, string? data)
    {
        string? received = null;
        while (true)
        {
            JsonElement next = await client.NextAsync("event");
            if (next.GetProperty("event").GetString() == "fence")
            {
                return received;
            }

            received.Should().BeNull("an event comes once");
            received = name;
            next.GetProperty("event").GetString().Should().Be("hello");
            (next.TryGetProperty("data", out JsonElement found) ? found.GetRawText() : null).Should().Be(data);
            if (next.TryGetProperty("reply", out _))
            {
                await client.SendAsync(new { type = "ack", id = next.GetProperty("id").GetInt64(), data = $"hi from {name}" });
            }
        }
    }

    private static IEnumerable<string> Values(object? answers) => ((Answers<string>)answers!).Received.Select(answer => answer.Value);

    private static IEnumerable<string> Names(object? sessions) =>
        ((IReadOnlyList<Session>)sessions!).Select(session => session.Name).Order(StringComparer.Ordinal);
}
