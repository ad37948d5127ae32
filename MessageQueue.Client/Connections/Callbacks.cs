using System.Diagnostics.CodeAnalysis;

namespace MessageQueue.Client.Connections;

/// <summary>Calls what an app has registered to be told of something.</summary>
internal static class Callbacks
{
    /// <summary>Calls every receiver. One that throws keeps neither the others nor the client from going on.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "The code of an app may throw anything, and the client must go on.")]
    public static void Run<T>(Action<T>? receivers, T value)
    {
        foreach (Delegate receiver in receivers?.GetInvocationList() ?? [])
        {
            try
            {
                ((Action<T>)receiver)(value);
            }
            catch (Exception)
            {
                // Documented at the events: they must not throw.
            }
        }
    }
}
