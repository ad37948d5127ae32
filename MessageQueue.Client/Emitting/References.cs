using System.Globalization;
using System.Security.Cryptography;

namespace MessageQueue.Client.Emitting;

/// <summary>Makes references that are never used again: 96 random bits for the process, and a number.</summary>
internal static class References
{
    private static readonly string Process = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
    private static long _last;

    public static string Next() => string.Create(CultureInfo.InvariantCulture, $"{Process}-{Interlocked.Increment(ref _last)}");
}
