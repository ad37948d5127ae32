using System.Collections;

namespace MessageQueue.Host.Settings;

/// <summary>The variables of the host, which begin with <c>MESSAGEQUEUE_</c>.</summary>
internal static class HostEnvironment
{
    private const string Prefix = "MESSAGEQUEUE_";
    private const string ServiceHost = "_SERVICE_HOST";

    /// <summary>Returns a reader of this process's variables.</summary>
    /// <exception cref="UsageException">A variable begins like one of the host's and is none.</exception>
    public static Func<string, string?> Read()
    {
        Refuse(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => ((string)entry.Key, (string?)entry.Value)));
        return Environment.GetEnvironmentVariable;
    }

    /// <summary>
    /// Refuses variables with unknown names, as the file's are: ignoring a mistyped name would leave a limit or the token at its default in
    /// silence. Empty variables count as none. So do those that Kubernetes sets in every container beside a service whose name begins with
    /// <c>messagequeue</c>.
    /// </summary>
    /// <exception cref="UsageException">There is such a variable.</exception>
    public static void Refuse(IEnumerable<(string Name, string? Value)> variables)
    {
        string[] names = [.. variables.Where(one => !string.IsNullOrEmpty(one.Value)).Select(one => one.Name)];
        string[] services = [.. names.Where(IsServiceHost).Select(name => name[..^ServiceHost.Length])];
        foreach (string name in names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            if (!SettingsTable.Rows.Any(row => row.Variable == name) && !services.Any(service => IsOf(service, name)))
            {
                throw new UsageException($"{name} is not a setting; see --help for the names, or unset it");
            }
        }
    }

    private static bool IsServiceHost(string name) =>
        name.StartsWith(Prefix[..^1], StringComparison.Ordinal) && name.EndsWith(ServiceHost, StringComparison.Ordinal);

    private static bool IsOf(string service, string name) =>
        name.StartsWith($"{service}_SERVICE_", StringComparison.Ordinal) || name == $"{service}_PORT"
        || name.StartsWith($"{service}_PORT_", StringComparison.Ordinal);
}
