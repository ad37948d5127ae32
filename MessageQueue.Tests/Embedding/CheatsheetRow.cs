using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MessageQueue.Tests.Embedding;

/// <summary>A row of the emit cheatsheet: a form of Socket.IO, the code that does the same here, and what that code does.</summary>
/// <param name="Original">The form of Socket.IO, in JavaScript.</param>
/// <param name="Code">The code here; null where there is none.</param>
internal sealed partial record CheatsheetRow(string Original, string? Code)
{
    /// <summary>Runs the code. Returns its result.</summary>
    public Func<MessageQueueServer, Namespace, Session, Task<object?>>? Run { get; private init; }

    /// <summary>Who gets the event <c>hello</c>, with a space between the names.</summary>
    public string Receivers { get; private init; } = "";

    /// <summary>The data that they get, as JSON; null for none.</summary>
    public string? Data { get; init; }

    /// <summary>What the result must be.</summary>
    public Action<object?> Check { get; init; } = static _ => { };

    /// <summary>Returns a row whose code is what is run: the documentation shows it as it stands here.</summary>
    public static CheatsheetRow Of<T>(
        string original, string receivers, Func<MessageQueueServer, Namespace, Session, Task<T>> run,
        [CallerArgumentExpression(nameof(run))] string code = "") =>
        new(original, Text(code))
        {
            Receivers = receivers,
            Run = async (server, io, socket) => await run(server, io, socket),
        };

    /// <inheritdoc cref="Of{T}" />
    public static CheatsheetRow Of(
        string original, string receivers, Func<MessageQueueServer, Namespace, Session, Task> run,
        [CallerArgumentExpression(nameof(run))] string code = "") =>
        new(original, Text(code))
        {
            Receivers = receivers,
            Run = async (server, io, socket) =>
            {
                await run(server, io, socket);
                return null;
            },
        };

    /// <summary>Returns a row for a form that has no meaning here.</summary>
    public static CheatsheetRow None(string original) => new(original, null);

    public override string ToString() => Original;

    // Without the parameters of the lambda, on one line.
    private static string Text(string code) =>
        LineBreak().Replace(code[(code.IndexOf("=>", StringComparison.Ordinal) + 2)..].Trim(), "");

    [GeneratedRegex(@"\s*\n\s*(?=\.)")]
    private static partial Regex LineBreak();
}
