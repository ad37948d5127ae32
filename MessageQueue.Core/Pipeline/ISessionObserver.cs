using MessageQueue.Delivery;
using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>Gets notified by the apply loop about what happens to sessions. No implementation may block or throw.</summary>
internal interface ISessionObserver : IReplySink
{
    /// <summary>Reports that the session has ended for good.</summary>
    void Ended(SessionState session);

    /// <summary>Whether events emitted to rooms of this namespace are for observers too. Called on any thread.</summary>
    bool Observes(string ns);
}
