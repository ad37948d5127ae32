using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>Looks into the state from beside the apply loop.</summary>
internal static class BrokerQuestions
{
    /// <summary>Reads something of the state, on the apply loop. A question that throws costs only whoever asked it.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="read">Everybody waits while it runs: it has to be short.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
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

    /// <summary>Returns the exception for whoever needs a server that has ended.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="consequence">What that means for the caller.</param>
    public static ServerStoppedException Stopped(this Broker broker, string consequence) => broker.Completion is { IsFaulted: true, Exception: { } cause }
        ? new ServerStoppedException($"The server has failed; {consequence}.", cause.InnerException)
        : new ServerStoppedException($"The server has stopped; {consequence}.");

    private static void Complete<T>(TaskCompletionSource<T> answer, Func<ServerState, T> read, ServerState state)
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
    }
}
