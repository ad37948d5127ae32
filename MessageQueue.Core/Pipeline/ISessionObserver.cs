using MessageQueue.Delivery;
using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>Who is told by the apply loop what becomes of sessions. No implementation may block or throw.</summary>
internal interface ISessionObserver : IReplySink
{
    /// <summary>The session is gone for good.</summary>
    void Ended(SessionState session);

    /// <summary>Whether events emitted to rooms of this namespace are for observers too. Called on any thread.</summary>
    bool Observes(string ns);
}
