using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Transport;

/// <summary>Clients that read more slowly than the server sends, and many writers at the same time.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BackPressureTests
{
    private static readonly ConnectionLimits Limits = TransportServer.DefaultLimits with { MaxOutboundBytes = 256 * 1024 };

    [Test]
    public async Task A_client_that_stops_reading_fills_the_output_and_gets_everything_when_it_reads_on()
    {
        const int Total = 20_000;
        await using TransportServer server = await TransportServer.StartAsync(Limits);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        AcceptedConnection accepted = await server.AcceptedAsync();
        int written = await accepted.FillAsync();
        written.Should().BeLessThan(Total, "20 MB are more than the buffers on the way hold");

        Task writing = Task.Run(async () =>
        {
            while (written < Total)
            {
                await accepted.Handler.DrainedAsync();
                written += await accepted.FillAsync(written, Total);
            }

            accepted.Connection.Flush();
        });
        for (int i = 0; i < Total; i++)
        {
            AcceptedConnection.NumberOf((await client.ReadAsync())!).Should().Be(i);
        }

        await writing.OrTimeout();
        accepted.Handler.DrainedCalls.Should().BePositive();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_client_that_sends_without_reading_responses_is_not_read_while_its_output_is_full_and_loses_none(bool pings)
    {
        const int Total = 100;
        byte[] message = new byte[200_000];
        byte[] marker = WebSocketFrame.BuildText("room"u8);
        TaskCompletionSource full = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int readWhileFull = 0;
        await using TransportServer server = await TransportServer.StartAsync(Limits, (handler, output) => handler.OnMessage = received =>
        {
            // Below the limit there is room for something small. The server should not read a message while there is no room.
            if (!output.TryWrite(marker))
            {
                readWhileFull++;
            }

            ValueTask echoed = TransportServer.EchoAsync(received, output);
            if (!((WebSocketConnection)output).Output.WhenBelowLimitAsync().AsTask().IsCompleted)
            {
                full.TrySetResult();
            }

            return echoed;
        });
        await using RawWebSocket client = await ConnectAsync(server.Url);

        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < Total; i++)
            {
                await client.SendAsync(Frame(Text, message));
                if (pings)
                {
                    await client.SendAsync(Frame(Ping, [(byte)i]));
                }
            }
        });
        await full.Task.OrTimeout();
        for (int i = 0; i < Total; i++)
        {
            (await client.ReadAsync())!.Text.Should().Be("room");
            (await client.ReadAsync())!.Payload.Length.Should().Be(message.Length);
            if (pings)
            {
                (await client.ReadAsync())!.Payload.Should().Equal((byte)i);
            }
        }

        await sending.OrTimeout();
        readWhileFull.Should().Be(0);
    }

    [Test]
    public async Task Frames_of_many_writers_and_pongs_do_not_interleave()
    {
        const int Writers = 4;
        const int FramesEach = 10_000;
        const int Pings = 500;
        await using TransportServer server = await TransportServer.StartAsync(Limits);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        AcceptedConnection accepted = await server.AcceptedAsync();

        Task writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() =>
        {
            for (int i = 0; i < FramesEach; i++)
            {
                byte[] frame = AcceptedConnection.NumberedFrame(writer * FramesEach + i);
                while (!accepted.Connection.TryWrite(frame))
                {
                    Thread.Yield();
                }

                if (i % 7 == 0)
                {
                    accepted.Connection.Flush();
                }
            }

            accepted.Connection.Flush();
        })));
        Task pinging = Task.Run(async () =>
        {
            for (int i = 0; i < Pings; i++)
            {
                await client.SendAsync(Frame(Ping, "ping"u8));
            }
        });

        int[] next = new int[Writers];
        int pongs = 0;
        for (int i = 0; i < Writers * FramesEach + Pings; i++)
        {
            RawFrame frame = (await client.ReadAsync())!;
            if (frame.Opcode == Pong)
            {
                frame.Text.Should().Be("ping");
                pongs++;
                continue;
            }

            (int writer, int number) = Math.DivRem(AcceptedConnection.NumberOf(frame), FramesEach);
            number.Should().Be(next[writer]++);
        }

        pongs.Should().Be(Pings);
        await Task.WhenAll(writing, pinging).OrTimeout();
    }
}
