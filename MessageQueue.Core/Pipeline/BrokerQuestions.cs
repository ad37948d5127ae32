using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>Looking into the state from beside the apply loop.</summary>
internal static class BrokerQuestions
{
    /// <summary>Reads something of the state, on the apply loop.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="read">Everybody waits while it runs: it has to be short.</param>
    /// <exception cref="ServerStoppedException">The server has stopped or failed. What <paramref name="read"/> throws is thrown as it is, and the loop goes on.</exception>
    public static async Task<T> AskAsync<T>(this Broker broker, Func<ServerState, T> read)
    {
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        broker.Post(ApplyInput.Call(state =>
        {
            try
            {
                answer.SetResult(read(state));
            }
#pragma warning disable CA1031 // Whoever asked is told; the loop goes on for all others.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                answer.SetException(exception);
            }
        }));
        await Task.WhenAny(answer.Task, broker.Completion).ConfigureAwait(false);
        return answer.Task.IsCompleted ? await answer.Task.ConfigureAwait(false) : throw broker.Stopped("nothing can be asked");
    }
}
