using System.Globalization;

namespace MessageQueue.Hosting;

/// <summary>Checks the options where they enter the server, so that no other code has to.</summary>
internal static class OptionsValidation
{
    /// <summary>Checks the options and returns a copy that the app cannot change any more.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names the option, its value and what is
    /// allowed.</exception>
    public static MessageQueueOptions Freeze(MessageQueueOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        MessageQueueOptions copy = options.Clone();
        Check(copy);
        return copy;
    }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">As <see cref="Freeze"/>.</exception>
    public static void Check(MessageQueueOptions options)
    {
        CheckDefined(nameof(options.Durability), options.Durability);
        CheckRange(nameof(options.SegmentBytes), options.SegmentBytes, 1 << 20, 1 << 30);
        CheckRange(nameof(options.ReserveBytes), options.ReserveBytes, 0, 1L << 40);
        CheckRange(nameof(options.MaxMessageBytes), options.MaxMessageBytes, 1024, Math.Min(16 << 20, options.SegmentBytes / 4));
        CheckRange(nameof(options.MaxWindow), options.MaxWindow, 1, 1_000_000);
        CheckRange(nameof(options.DefaultWindow), options.DefaultWindow, 1, options.MaxWindow);
        CheckRange(nameof(options.MaxInboxCommands), options.MaxInboxCommands, 1, 65_536);
        CheckRange(nameof(options.MaxInboxBytes), options.MaxInboxBytes, 1024, int.MaxValue);
        CheckRange(nameof(options.MaxInboxTotalBytes), options.MaxInboxTotalBytes, options.MaxInboxBytes, long.MaxValue);
        CheckRange(nameof(options.MaxOutboundBytes), options.MaxOutboundBytes, 1024, int.MaxValue);
        CheckRange(nameof(options.SendThreads), options.SendThreads, 0, 64);
        CheckRange(nameof(options.MaxConnections), options.MaxConnections, 1, int.MaxValue);
        CheckRange(nameof(options.MaxConnectionsPerAddress), options.MaxConnectionsPerAddress, 0, int.MaxValue);
        CheckRange(nameof(options.MaxMessagesPerSecond), options.MaxMessagesPerSecond, 0, 1_000_000);
        CheckRange(nameof(options.MessageBurst), options.MessageBurst, 0, 1_000_000);
        CheckRange(nameof(options.MaxMessagesPerSecondPerAddress), options.MaxMessagesPerSecondPerAddress, 0, 1_000_000);
        CheckRange(nameof(options.MessageBurstPerAddress), options.MessageBurstPerAddress, 0, 1_000_000);
        CheckRange(nameof(options.MaxKeptAnswerBytes), options.MaxKeptAnswerBytes, 0, long.MaxValue);
        CheckRange(nameof(options.MaxHandshakeBytes), options.MaxHandshakeBytes, 1024, 64 << 20);
        CheckRange(nameof(options.MaxDynamicNamespaces), options.MaxDynamicNamespaces, 0, 10_000_000);
        CheckRange(nameof(options.MaxDurableUserBytes), options.MaxDurableUserBytes, 0, 32_768);
        CheckRange(nameof(options.MaxSessions), options.MaxSessions, 1, int.MaxValue);
        CheckRange(nameof(options.MaxRoomsPerSession), options.MaxRoomsPerSession, 1, ushort.MaxValue);
        CheckRange(nameof(options.MaxLeftRoomsPerSession), options.MaxLeftRoomsPerSession, 1, 1_000_000);
        CheckRange(nameof(options.MaxRoomsPerEmit), options.MaxRoomsPerEmit, 1, ushort.MaxValue);
        CheckRange(nameof(options.MaxWatchesPerConnection), options.MaxWatchesPerConnection, 0, 10_000);
        CheckRange(nameof(options.MaxPresenceMembers), options.MaxPresenceMembers, 1, 100_000);
        CheckRange(nameof(options.MaxPresenceBytes), options.MaxPresenceBytes, 0, Session.MaxShownBytes);
        CheckRange(nameof(options.EventCacheBytes), options.EventCacheBytes, 64 << 10, long.MaxValue);
        CheckTime(nameof(options.HandshakeTimeout), options.HandshakeTimeout, TimeSpan.FromMilliseconds(1));
        CheckTime(nameof(options.PingInterval), options.PingInterval, TimeSpan.FromMilliseconds(1));
        CheckTime(nameof(options.IdleTimeout), options.IdleTimeout, options.PingInterval + TimeSpan.FromMilliseconds(1));
        CheckTime(nameof(options.CloseTimeout), options.CloseTimeout, TimeSpan.Zero);
        CheckTime(nameof(options.PresenceInterval), options.PresenceInterval, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        CheckTime(nameof(options.PresenceGrace), options.PresenceGrace, TimeSpan.Zero, TimeSpan.FromMinutes(5));
        CheckTime(nameof(options.HandlerStopTimeout), options.HandlerStopTimeout, TimeSpan.Zero);
        CheckTime(nameof(options.MinRedeliveryDelay), options.MinRedeliveryDelay, TimeSpan.FromMilliseconds(1));
        CheckTime(nameof(options.MaxRedeliveryDelay), options.MaxRedeliveryDelay, options.MinRedeliveryDelay);
        CheckRange(nameof(options.MaxDeliveries), options.MaxDeliveries, 0, 10_000);
        CheckExpiry(nameof(options.NamedSessionExpiry), options.NamedSessionExpiry);
        CheckExpiry(nameof(options.AnonymousSessionExpiry), options.AnonymousSessionExpiry);
        CheckRetention(options);
        TokenOptionsValidation.Check(options.Tokens);
        CheckRange(nameof(options.ScrubBytesPerSecond), options.ScrubBytesPerSecond, 64 << 10, long.MaxValue);
        if (options.ScrubInterval != Timeout.InfiniteTimeSpan)
        {
            CheckTime(nameof(options.ScrubInterval), options.ScrubInterval, TimeSpan.FromSeconds(1));
        }

        CheckListening(options);
        if (options.Durability != Durability.Memory && string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            throw Invalid(nameof(options.DataDirectory), "is empty; name a directory, or set Durability to Memory");
        }

        if (options.TimeProvider is null)
        {
            throw Invalid(nameof(options.TimeProvider), "is null");
        }
    }

    private static void CheckListening(MessageQueueOptions options)
    {
        bool encrypts = options.Url?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) == true;
        if (encrypts && options.Certificate is null)
        {
            throw Invalid(nameof(options.Certificate), $"is missing, and {options.Url} needs one; name a PEM or PFX file");
        }

        if (!encrypts && options.Certificate is not null)
        {
            throw Invalid(nameof(options.Certificate), $"has no effect on {options.Url}; begin Url with https://, or leave it out");
        }

        if (options.Certificate is null && (options.CertificateKey ?? options.CertificatePassword) is not null)
        {
            string name = options.CertificateKey is null ? nameof(options.CertificatePassword) : nameof(options.CertificateKey);
            throw Invalid(name, "is set without Certificate; name its file too");
        }

        foreach (string proxy in options.TrustedProxies)
        {
            if (!TrustedProxy.TryParse(proxy, out _))
            {
                throw Invalid(
                    nameof(options.TrustedProxies),
                    $"has '{proxy}'; allowed are addresses such as 10.0.0.5, and networks such as 10.0.0.0/8");
            }
        }
    }

    private static void CheckRetention(MessageQueueOptions options)
    {
        CheckRange(nameof(options.SnapshotBytes), options.SnapshotBytes, 1 << 20, long.MaxValue);
        CheckExpiry(nameof(options.MaxLogAge), options.MaxLogAge);
        CheckRange(nameof(options.MaxLogBytes), options.MaxLogBytes, 0, long.MaxValue);
        CheckRange(nameof(options.MaxBacklogPerSession), options.MaxBacklogPerSession, 0, int.MaxValue);
        long mostHistory = options.MaxLogBytes == 0 ? long.MaxValue : options.MaxLogBytes;
        CheckRange(nameof(options.MinHistoryBytes), options.MinHistoryBytes, 0, mostHistory);
        TimeSpan most = options.MaxLogAge == Timeout.InfiniteTimeSpan ? TimeSpan.FromDays(36_500) : options.MaxLogAge;
        if (options.MinHistoryAge < TimeSpan.Zero || options.MinHistoryAge > most)
        {
            throw Invalid(nameof(options.MinHistoryAge), $"is {options.MinHistoryAge}; allowed is zero to {most}");
        }
    }

    private static void CheckDefined<T>(string name, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw Invalid(name, $"is {value}; allowed are {string.Join(", ", Enum.GetNames<T>())}");
        }
    }

    private static void CheckRange(string name, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            string upper = most is int.MaxValue or long.MaxValue ? "or more" : string.Create(CultureInfo.InvariantCulture, $"to {most}");
            throw Invalid(name, string.Create(CultureInfo.InvariantCulture, $"is {value}; allowed is {least} {upper}"));
        }
    }

    // 24 days is about the longest time that a timer can have.
    private static void CheckTime(string name, TimeSpan value, TimeSpan least, TimeSpan? greatest = null)
    {
        TimeSpan most = greatest ?? TimeSpan.FromDays(24);
        if (value < least || value > most)
        {
            throw Invalid(name, $"is {value}; allowed is {least} to {most}");
        }
    }

    private static void CheckExpiry(string name, TimeSpan value)
    {
        if (value != Timeout.InfiniteTimeSpan && (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromDays(36_500)))
        {
            throw Invalid(name, $"is {value}; allowed is one second to 100 years, or Timeout.InfiniteTimeSpan");
        }
    }

    private static ArgumentException Invalid(string name, string problem) => new($"Option {name} {problem}.");
}
