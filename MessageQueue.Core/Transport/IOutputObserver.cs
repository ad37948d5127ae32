namespace MessageQueue.Transport;

/// <summary>Who is told what became of an output. Called on any thread, never under the output's lock.</summary>
internal interface IOutputObserver
{
    /// <summary>The output that refused a frame has room again.</summary>
    void OnDrained();

    /// <summary>The stream refused bytes: nothing can be sent any more. Called at most once.</summary>
    void OnSendFailed(Exception exception);
}
