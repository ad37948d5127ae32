namespace MessageQueue.Client.Connections;

/// <summary>Where the parts of a client leave what the app should know.</summary>
internal sealed class Notices
{
    /// <summary>Called with each notice. What it throws is ignored.</summary>
    public event Action<ClientNotice>? Noticed;

    /// <summary>Tells something.</summary>
    public void Tell(ClientNotice notice) => Callbacks.Run(Noticed, notice);
}
