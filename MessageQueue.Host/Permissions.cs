using MessageQueue.Host.Settings;

namespace MessageQueue.Host;

/// <summary>
/// Opens the permissions, which the library leaves closed: whoever has the token may connect as any session, join and emit; operators have
/// the same token or their own. Users with tokens of their own are judged by those, in the library.
/// </summary>
internal static class Permissions
{
    /// <summary>Sets the permissions in the server's options.</summary>
    public static void Open(HostSettings settings)
    {
        TokenGate? clients = TokenGate.Of(settings.Token);
        TokenGate? operators = TokenGate.Of(settings.OperatorToken);
        TokenGate? readers = TokenGate.Of(settings.OperatorReadToken);
        bool isOpen = clients is null && !settings.HasUserTokens;
        bool isOpenToOperate = isOpen && operators is null && readers is null;

        settings.Server.AllowEverything();
        settings.Server.AuthorizeConnect = request => ValueTask.FromResult(isOpen || clients?.Admits(request.Token) == true);
        settings.Server.AuthorizeOperate = request => ValueTask.FromResult(
            isOpenToOperate
            || (operators ?? clients)?.Admits(request.Token) == true
            || (!request.IsWrite && readers?.Admits(request.Token) == true));
    }
}
