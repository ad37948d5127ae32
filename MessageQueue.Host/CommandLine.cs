using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using MessageQueue.Host.Log;
using MessageQueue.Host.Operating;
using MessageQueue.Host.Settings;

namespace MessageQueue.Host;

/// <summary>The host's command line. Without a command it runs the server. New commands are added in <see cref="Create"/>.</summary>
internal static class CommandLine
{
    private const string Description = """
        A durable, acknowledged event server over WebSockets.

        Each option can also be set by a variable (--max-message-bytes is MESSAGEQUEUE_MAX_MESSAGE_BYTES; lists are separated by commas),
        or in the section "MessageQueue" of appsettings.json ("MaxMessageBytes") in the current directory, or else beside the executable.
        The command line wins over the environment, the environment over the file. TIME is a whole number and ms, s, m, h or d, for
        example 500ms or 7d.

        Exit codes: 0 stopped by SIGTERM or Ctrl-C, or done; 1 could not start, or failed; 2 an option or setting is wrong; commands also
        end with 3 no server answers, 4 the server refuses the token, 5 there is no such session.
        """;

    /// <summary>Runs the command line. Prints a failure as one line on standard error.</summary>
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
            HostSettings settings = ReadSettings(parsed, HostEnvironment.Read(), file);
            onRead(settings);
            return await ServeCommand.RunAsync(settings);
        });
        // The library's own handlers of exceptions and signals print stack traces, and end the process after two seconds.
        return result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>Parses the command line.</summary>
    /// <exception cref="UsageException">It has an unknown option, or an option lacks its value.</exception>
    public static ParseResult Parse(string[] args, Func<ParseResult, Task<int>> serve)
    {
        // No response files: an argument that begins with @ is taken literally.
        ParseResult result = Create(serve).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction)
        {
            throw new UsageException(Explain(result));
        }

        RefuseMisplacedOptions(result);
        return result;
    }

    /// <summary>Reads the settings from a parsed command line, the environment and the file.</summary>
    public static HostSettings ReadSettings(ParseResult result, Func<string, string?> environment, SettingsFile file) =>
        new SettingsReader(setting => Find(result, setting), environment, file).Read();

    // Options before a command are the server's; the command would ignore them in silence.
    private static void RefuseMisplacedOptions(ParseResult result)
    {
        OptionResult? misplaced = result.RootCommandResult.Children.OfType<OptionResult>().FirstOrDefault(option => !option.Implicit);
        if (misplaced is not null && result.CommandResult != result.RootCommandResult)
        {
            string command = result.CommandResult.Command.Name;
            throw new UsageException($"'{misplaced.Option.Name}' is before '{command}'; put a command's options after the command");
        }
    }

    private static RootCommand Create(Func<ParseResult, Task<int>> serve)
    {
        RootCommand root = new(Description);
        foreach (Setting setting in SettingsTable.Rows)
        {
            root.Options.Add(ToOption(setting));
        }

        foreach (Command command in OperatingCommands.Create().Append(LogCommands.Create()))
        {
            root.Subcommands.Add(command);
        }

        root.SetAction((parsed, _) => serve(parsed));
        return root;
    }

    // Values are taken as text, so that all sources are read, and refused, in the same way. Only a flag has a type: it must not take the
    // argument after it where that is neither true nor false.
    private static Option ToOption(Setting setting) => setting.IsFlag
        ? new Option<bool>(setting.Option) { Description = setting.Description }
        : new Option<string[]>(setting.Option)
        {
            Description = setting.Description,
            HelpName = setting.Placeholder,
            Arity = ArgumentArity.OneOrMore,
        };

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

        // Prints the name only: the value of a mistyped --token=… is a secret too.
        string token = result.UnmatchedTokens[0].Split('=')[0];
        return $"{(token.StartsWith('-') ? "unknown option" : "unexpected argument")} '{token}'; see --help";
    }
}
