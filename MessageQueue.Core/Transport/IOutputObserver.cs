namespace MessageQueue.Transport;

/// <summary>Receives the events of an output. Called on any thread, never under the output's lock.</summary>
internal interface IOutputObserver
{
    /// <summary>Reports that an output that refused a frame has room again.</summary>
    void OnDrained();

    /// <summary>Reports that the stream failed, so that nothing can be sent any more. Called at most once.</summary>
    void OnSendFailed(Exception exception);
}
