using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>Reads the state from outside the apply loop.</summary>
internal static class BrokerQuestions
{
    /// <summary>Runs a function on the apply loop that reads the state. If it throws, only its caller gets the exception.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="read">Reads the state. Everybody waits while it runs, so it must be short.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="ServerStoppedException">The server has ended.</exception>
    public static async Task<T> AskAsync<T>(this Broker broker, Func<ServerState, T> read, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (broker.Post(ApplyInput.Call(state => Complete(answer, read, state))))
        {
            await Task.WhenAny(answer.Task, broker.Completion).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return answer.Task.IsCompleted ? await answer.Task.ConfigureAwait(false) : throw broker.Stopped("nothing can be asked");
    }

    private static void Complete<T>(TaskCompletionSource<T> answer, Func<ServerState, T> read, ServerState state)
    {
        try
        {
            answer.SetResult(read(state));
        }
#pragma warning disable CA1031 // The caller gets the exception; the loop goes on for all others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            answer.SetException(exception);
        }
    }
}
