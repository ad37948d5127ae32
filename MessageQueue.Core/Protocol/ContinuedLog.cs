using System.Globalization;
using System.Text;

namespace MessageQueue.Protocol;

/// <summary>An entry of <c>continues</c> in a <c>welcome</c>: a log of which this one began as a copy.</summary>
/// <param name="Log">Its id.</param>
/// <param name="UpTo">The last number that means the same in both.</param>
internal readonly record struct ContinuedLog(string Log, long UpTo)
{
    /// <summary>The array as JSON; empty for no logs. It is the same in every welcome of a server, so it is made once.</summary>
    public static byte[] WriteArray(IReadOnlyList<ContinuedLog> logs)
    {
        IEnumerable<string> entries = logs.Select(
            entry => string.Create(CultureInfo.InvariantCulture, $"{{\"log\":\"{entry.Log}\",\"upTo\":{entry.UpTo}}}"));
        return logs.Count == 0 ? [] : Encoding.UTF8.GetBytes($"[{string.Join(',', entries)}]");
    }
}
