using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using MessageQueue.Diagnostics;

namespace MessageQueue.Handlers;

/// <summary>
/// The namespaces that the app knows: those that it asked for by name, which stay, and those that a client brought into being under a rule
/// of the app. The latter are limited in number, and go when no session of them is known here any more. Thread-safe.
/// </summary>
internal sealed class NamespaceTable(HandlerHost handlerHost, int maxDynamic)
{
    private sealed record Rule(Func<string, bool> Matches, Action<Namespace> Configure);

    private sealed class DynamicNamespace(Namespace ns)
    {
        public Namespace Namespace => ns;

        /// <summary>How many sessions and connecting clients need it.</summary>
        public int Uses { get; set; }
    }

    private readonly ConcurrentDictionary<string, Namespace> _all = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DynamicNamespace> _dynamic = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private ImmutableArray<Rule> _rules = [];

    /// <summary>The namespaces at this moment.</summary>
    public ICollection<Namespace> All => _all.Values;

    /// <summary>The number of namespaces that exist because of a rule.</summary>
    public int DynamicCount
    {
        get
        {
            lock (_lock)
            {
                return _dynamic.Count;
            }
        }
    }

    /// <summary>Adds a rule for dynamic namespaces. The first rule that covers a name makes the namespace.</summary>
    public void AddRule(Func<string, bool> matches, Action<Namespace> configure) =>
        ImmutableInterlocked.Update(ref _rules, static (all, added) => all.Add(added), new Rule(matches, configure));

    /// <summary>Returns the namespace of this name if it exists.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Namespace? ns) => _all.TryGetValue(name, out ns);

    /// <summary>Whether the namespace exists, or would if a client connected to it.</summary>
    public bool Covers(string name) => _all.ContainsKey(name) || FindRule(name) is not null;

    /// <summary>Returns the namespace that the app asks for by name; makes it if it is missing. It stays.</summary>
    public Namespace Keep(string name)
    {
        if (_rules.IsEmpty && _all.TryGetValue(name, out Namespace? found))
        {
            return found;
        }

        Rule? rule = FindRule(name);
        lock (_lock)
        {
            _dynamic.Remove(name);
            return _all.TryGetValue(name, out found) ? found : Make(name, rule);
        }
    }

    /// <summary>
    /// Returns the namespace for a session or a connecting client, until <see cref="Release"/>; makes it if a rule covers it.
    /// </summary>
    /// <returns>False if there are too many. The namespace is null if the app does not know it, and then needs no release.</returns>
    public bool TryAcquire(string name, out Namespace? ns)
    {
        if (_all.TryGetValue(name, out ns) && _rules.IsEmpty)
        {
            return true;
        }

        Rule? rule = ns is null ? FindRule(name) : null;
        lock (_lock)
        {
            if (!_all.TryGetValue(name, out ns) && rule is not null)
            {
                if (_dynamic.Count >= maxDynamic)
                {
                    return false;
                }

                ns = Make(name, rule);
                _dynamic.Add(name, new DynamicNamespace(ns));
            }

            if (_dynamic.TryGetValue(name, out DynamicNamespace? entry))
            {
                entry.Uses++;
            }

            return true;
        }
    }

    /// <summary>
    /// Releases a namespace. It goes when nobody needs it, unless it has durable handlers or observers: their events wait for it.
    /// </summary>
    public void Release(Namespace ns)
    {
        if (_rules.IsEmpty)
        {
            return;
        }

        lock (_lock)
        {
            if (_dynamic.TryGetValue(ns.Name, out DynamicNamespace? entry) && entry.Namespace == ns && --entry.Uses <= 0
                && !ns.Handlers.HasDurable && !ns.Observers.HasAny)
            {
                _dynamic.Remove(ns.Name);
                _all.TryRemove(ns.Name, out _);
            }
        }
    }

    // Under the lock, so that a client never finds a namespace without its handlers.
    private Namespace Make(string name, Rule? rule)
    {
        Namespace made = new(handlerHost, name);
        rule?.Configure(made);
        _all[name] = made;
        return made;
    }

    private Rule? FindRule(string name)
    {
        foreach (Rule rule in _rules)
        {
            try
            {
                if (rule.Matches(name))
                {
                    return rule;
                }
            }
#pragma warning disable CA1031 // The app's code, for the name that one client sent: an exception means no.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                HandlersLog.DynamicNamespaceFailed(handlerHost.Logger, exception, name);
            }
        }

        return null;
    }
}
