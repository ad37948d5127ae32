using MessageQueue.Http;
using MessageQueue.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Tests.Hosting;

[Parallelizable(ParallelScope.All)]
internal sealed class OriginPolicyTests
{
    [Test]
    public void Each_refused_origin_is_logged_once_for_the_first_hundred_origins()
    {
        LoggedLines lines = new();
        OriginPolicy policy = new(["https://app.example.com"], lines);

        for (int i = 0; i < 2; i++)
        {
            Allows(policy, "https://app.example.com").Should().BeTrue();
            Allows(policy, "https://evil.example.com").Should().BeFalse();
        }

        lines.Said.Should().ContainSingle().Which.Should().Contain("https://evil.example.com").And.Contain("--allow-origin");
        for (int i = 0; i < 200; i++)
        {
            Allows(policy, $"https://evil{i}.example.com").Should().BeFalse();
        }

        lines.Said.Should().HaveCount(100);
    }

    private static bool Allows(OriginPolicy policy, string origin)
    {
        DefaultHttpContext context = new();
        context.Request.Host = new HostString("127.0.0.1", 8080);
        context.Request.Headers.Origin = origin;
        return policy.Allows(context.Request);
    }
}
