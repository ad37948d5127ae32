using System.Globalization;
using System.Text;

namespace MessageQueue.Protocol;

/// <summary>An entry of <c>continues</c> in a <c>welcome</c>: a log from which this one started as a copy.</summary>
/// <param name="Log">Its id.</param>
/// <param name="UpTo">The last number that means the same event in both logs.</param>
internal readonly record struct ContinuedLog(string Log, long UpTo)
{
    /// <summary>
    /// Returns the JSON array; empty if there are no logs. It is the same in every welcome of a server, so it is built once.
    /// </summary>
    public static byte[] WriteArray(IReadOnlyList<ContinuedLog> logs)
    {
        IEnumerable<string> entries = logs.Select(
            entry => string.Create(CultureInfo.InvariantCulture, $"{{\"log\":\"{entry.Log}\",\"upTo\":{entry.UpTo}}}"));
        return logs.Count == 0 ? [] : Encoding.UTF8.GetBytes($"[{string.Join(',', entries)}]");
    }
}
