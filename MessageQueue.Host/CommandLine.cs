using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using MessageQueue.Host.Log;
using MessageQueue.Host.Settings;

namespace MessageQueue.Host;

/// <summary>The host's command line. Without a command it serves; a command is added in <see cref="Create"/>.</summary>
internal static class CommandLine
{
    private const string Description = """
        A durable, acknowledged event server over WebSockets.

        Each option can also be a variable (--max-message-bytes is MESSAGEQUEUE_MAX_MESSAGE_BYTES; lists separated by commas) or stand in the section
        "MessageQueue" of appsettings.json ("MaxMessageBytes") in the current directory or else beside the executable. The command line wins over the
        environment, the environment over the file. TIME is a whole number and ms, s, m, h or d, as 500ms or 7d.

        Exit codes: 0 stopped by SIGTERM or Ctrl-C, 1 could not start or failed, 2 an option or setting is wrong.
        """;

    /// <summary>Runs what the command line asks for. A failure is one line on stderr.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        HostSettings? settings = null;
        try
        {
            return await RunAsync(args, read => settings = read);
        }
        catch (Exception exception)
        {
            Failure failure = Failure.From(exception, settings);
            await Console.Error.WriteLineAsync(failure.Line);
            return failure.Code;
        }
    }

    private static Task<int> RunAsync(string[] args, Action<HostSettings> onRead)
    {
        ParseResult result = Parse(args, serve: async parsed =>
        {
            SettingsFile file = SettingsFile.Read(Environment.CurrentDirectory, AppContext.BaseDirectory);
            HostSettings settings = ReadSettings(parsed, Environment.GetEnvironmentVariable, file);
            onRead(settings);
            return await ServeCommand.RunAsync(settings);
        });
        // The library's own handling of exceptions and signals prints stack traces and ends the process after two seconds.
        return result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>Parses the command line.</summary>
    /// <exception cref="UsageException">It has an unknown option, or an option lacks its value.</exception>
    public static ParseResult Parse(string[] args, Func<ParseResult, Task<int>> serve)
    {
        // No response files: an argument that begins with @ is what it says.
        ParseResult result = Create(serve).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        return result.Action is not ParseErrorAction ? result : throw new UsageException(Explain(result));
    }

    /// <summary>Reads the settings from a parsed command line and the places below it.</summary>
    public static HostSettings ReadSettings(ParseResult result, Func<string, string?> environment, SettingsFile file) =>
        new SettingsReader(setting => Find(result, setting), environment, file).Read();

    private static RootCommand Create(Func<ParseResult, Task<int>> serve)
    {
        RootCommand root = new(Description);
        foreach (Setting setting in SettingsTable.Rows)
        {
            root.Options.Add(ToOption(setting));
        }

        root.Subcommands.Add(LogCommands.Create());
        root.SetAction((parsed, _) => serve(parsed));
        return root;
    }

    // The values are taken as text, so that they are read and refused in the same words whatever source they are from. Only a flag has its
    // type: it must not swallow an argument that follows it and is neither true nor false.
    private static Option ToOption(Setting setting) => setting.IsFlag
        ? new Option<bool>(setting.Option) { Description = setting.Description }
        : new Option<string[]>(setting.Option) { Description = setting.Description, HelpName = setting.Placeholder, Arity = ArgumentArity.OneOrMore };

    private static SettingInput? Find(ParseResult result, Setting setting)
    {
        if (result.GetResult(setting.Option) is not OptionResult { Implicit: false } option)
        {
            return null;
        }

        string[] values = [.. option.Tokens.Select(token => token.Value)];
        return new SettingInput(setting.Option, setting.IsFlag && values.Length == 0 ? ["true"] : values);
    }

    private static string Explain(ParseResult result)
    {
        if (result.UnmatchedTokens.Count == 0)
        {
            return result.Errors[0].Message;
        }

        // Only the name: the value of a mistyped --token=… is a secret all the same.
        string token = result.UnmatchedTokens[0].Split('=')[0];
        return $"{(token.StartsWith('-') ? "unknown option" : "unexpected argument")} '{token}'; see --help";
    }
}
