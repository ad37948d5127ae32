using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.Transport;

/// <summary>Writes that go past Kestrel's pipe: only where nothing stands between it and the socket, and never before the answer.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SocketStreamTests
{
    [Test]
    public async Task What_is_written_comes_after_the_answer_to_the_handshake()
    {
        await using App app = await App.StartAsync(async (stream, context) =>
        {
            Stream direct = SocketStream.Over(stream, context);
            (direct is SocketStream).Should().Be(OperatingSystem.IsLinux());
            await direct.WriteAsync("one"u8.ToArray());
            await direct.WriteAsync("two"u8.ToArray());
        });

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using Socket client = await app.ConnectAsync();
            await SendUpgradeAsync(client);
            string received = await ReadToEndAsync(client);
            received.Should().StartWith("HTTP/1.1 101 ").And.EndWith("\r\n\r\nonetwo");
        }));
    }

    [Test]
    public async Task A_client_that_reads_slowly_gets_everything_in_order()
    {
        byte[] bytes = new byte[20_000_000];
        new Random(1).NextBytes(bytes);
        await using App app = await App.StartAsync(async (stream, context) =>
        {
            Stream direct = SocketStream.Over(stream, context);
            for (int sent = 0; sent < bytes.Length; sent += 50_000)
            {
                await direct.WriteAsync(bytes.AsMemory(sent, 50_000));
            }
        });
        using Socket client = await app.ConnectAsync();
        await SendUpgradeAsync(client);

        byte[] received = await ReadBytesAsync(client);

        received.AsSpan(received.AsSpan().IndexOf("\r\n\r\n"u8) + 4).SequenceEqual(bytes).Should().BeTrue();
    }

    [Test]
    public async Task Writes_to_a_client_that_has_gone_are_ignored_until_its_input_ends()
    {
        TaskCompletionSource gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using App app = await App.StartAsync(async (stream, context) =>
        {
            Stream direct = SocketStream.Over(stream, context);
            await direct.WriteAsync("one"u8.ToArray());
            await gone.Task;
            await WriteAsync(direct);
            context.Abort();
            await WriteAsync(direct);
            written.SetResult();
        });
        Socket client = await app.ConnectAsync();
        await SendUpgradeAsync(client);
        await client.ReceiveAsync(new byte[1]).OrTimeout();
        client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Dispose();
        gone.SetResult();

        await written.Task.OrTimeout();

        static async Task WriteAsync(Stream direct)
        {
            for (int i = 0; i < 10; i++)
            {
                await direct.WriteAsync(new byte[100_000]);
            }
        }
    }

    [Test]
    public async Task The_second_request_of_a_connection_uses_the_pipe()
    {
        TaskCompletionSource<bool> isDirect = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using App app = await App.StartAsync((stream, context) =>
        {
            isDirect.SetResult(SocketStream.Over(stream, context) != stream);
            return Task.CompletedTask;
        });
        using Socket client = await app.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        await SendUpgradeAsync(client);

        (await isDirect.Task.OrTimeout()).Should().BeFalse("the answer before may be what the socket has sent");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_the_app_put_around_the_bytes_is_not_passed_by(bool aroundTheConnection)
    {
        TaskCompletionSource<bool> isDirect = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using App app = await App.StartAsync(
            (stream, context) =>
            {
                Stream seen = aroundTheConnection ? stream : new BufferedStream(stream);
                isDirect.SetResult(SocketStream.Over(seen, context) != seen);
                return Task.CompletedTask;
            },
            wraps: aroundTheConnection);
        using Socket client = await app.ConnectAsync();
        await SendUpgradeAsync(client);

        (await isDirect.Task.OrTimeout()).Should().BeFalse();
    }

    private static async Task SendUpgradeAsync(Socket client) =>
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n"u8.ToArray()).OrTimeout();

    private static async Task<string> ReadToEndAsync(Socket client) => Encoding.ASCII.GetString(await ReadBytesAsync(client));

    private static async Task<byte[]> ReadBytesAsync(Socket client)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[100_000];
        int read;
        while ((read = await client.ReceiveAsync(buffer).OrTimeout()) > 0)
        {
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    private sealed class Wrapped(IDuplexPipe inner) : IDuplexPipe
    {
        public PipeReader Input => inner.Input;

        public PipeWriter Output => inner.Output;
    }

    private sealed class App(WebApplication app, int port) : IAsyncDisposable
    {
        public static async Task<App> StartAsync(Func<Stream, HttpContext, Task> serve, bool wraps = false)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (wraps)
                {
                    listen.Use(next => connection =>
                    {
                        connection.Transport = new Wrapped(connection.Transport);
                        return next(connection);
                    });
                }
            }));
            WebApplication app = builder.Build();
            app.Run(async context =>
            {
                if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade)
                {
                    await serve(await upgrade.UpgradeAsync(), context);
                }
            });
            await app.StartAsync(CancellationToken.None).OrTimeout();
            string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
            return new App(app, new Uri(address).Port);
        }

        public async Task<Socket> ConnectAsync()
        {
            Socket client = new(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, port).OrTimeout();
            return client;
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync(new CancellationToken(canceled: true)).OrTimeout();
            await app.DisposeAsync().OrTimeout();
        }
    }
}
