using System.Text.Json.Serialization.Metadata;
using MessageQueue.Handlers;

namespace MessageQueue;

/// <summary>
/// Adds handlers of events that clients emit without <c>to</c>. An event has one handler. The handler's result becomes the <c>data</c> of
/// the client's acknowledgement, which the client gets when the handler has finished. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Arguments: a client of Socket.IO sends any number of them; a client of the JSON protocol sends one, the data, or with
/// <c>"args":true</c> the entries of the data. A handler with a single argument gets the first. A handler with several gets them in their
/// order, and also the entries of one argument that is an array. What the client left out has its default value. A last argument of type
/// <see cref="ReceivedEvent"/> is the event itself (its reference, its number). An argument of type <see cref="ReceivedArguments"/> is all
/// of them, and one of type <see cref="System.Text.Json.JsonElement"/> is raw JSON. Types need metadata in
/// <see cref="MessageQueueOptions.JsonSerializerOptions"/> or as an argument here.</para>
/// <para>Bytes, also in properties, are read from <c>{"$binary":"BASE64"}</c>, which is what bytes of Socket.IO become, and from a string
/// of base64, unless those options have a converter of their own for <c>byte[]</c>. To answer with several values, return
/// <see cref="Arguments"/>.</para>
/// <para>For data that cannot be read, the client gets the error <c>bad_message</c>. If a handler throws, the client gets <c>failed</c>,
/// and the exception is logged. If a client repeats an event with the same <c>id</c>, it gets the answer of the running handler or an
/// answer that was kept in memory. The last 1,024 answers of a session are kept, up to 256 KiB of data, and up to
/// <see cref="MessageQueueOptions.MaxKeptAnswerBytes"/> for all sessions together.</para>
/// </remarks>
public static class NamespaceExtensions
{
    /// <summary>Handles an event and ignores its data.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On(this Namespace ns, string eventName, Func<Session, Task> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(ns, eventName, options, 0, (session, _) => WithoutAnswer(handler(session)));
    }

    /// <summary>Handles an event, ignores its data, and answers it.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On(this Namespace ns, string eventName, Func<Session, Task<object?>> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(ns, eventName, options, 0, (session, _) => handler(session));
    }

    /// <summary>Handles an event.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T>(this Namespace ns, string eventName, Func<Session, T, Task> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(
            ns, eventName, options, HandlerArguments.CountOf(typeof(T), 1),
            (session, arguments) => WithoutAnswer(handler(session, arguments.Get<T>(0))));
    }

    /// <summary>Handles an event and answers it.</summary>
    /// <exception cref="ArgumentException">The name is not 1 to 128 characters long.</exception>
    /// <exception cref="InvalidOperationException">The event has a handler already.</exception>
    public static void On<T>(this Namespace ns, string eventName, Func<Session, T, Task<object?>> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(ns, eventName, options, HandlerArguments.CountOf(typeof(T), 1), (session, arguments) => handler(session, arguments.Get<T>(0)));
    }

    /// <summary>Handles an event with several arguments.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T1, T2>(this Namespace ns, string eventName, Func<Session, T1, T2, Task> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(
            ns, eventName, options, HandlerArguments.CountOf(typeof(T2), 2),
            (session, arguments) => WithoutAnswer(handler(session, arguments.Get<T1>(0), arguments.Get<T2>(1))));
    }

    /// <summary>Handles an event with several arguments and answers it.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T1, T2>(
        this Namespace ns, string eventName, Func<Session, T1, T2, Task<object?>> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(
            ns, eventName, options, HandlerArguments.CountOf(typeof(T2), 2),
            (session, arguments) => handler(session, arguments.Get<T1>(0), arguments.Get<T2>(1)));
    }

    /// <summary>Handles an event with several arguments.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T1, T2, T3>(
        this Namespace ns, string eventName, Func<Session, T1, T2, T3, Task> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(
            ns, eventName, options, HandlerArguments.CountOf(typeof(T3), 3),
            (session, arguments) => WithoutAnswer(handler(session, arguments.Get<T1>(0), arguments.Get<T2>(1), arguments.Get<T3>(2))));
    }

    /// <summary>Handles an event with several arguments and answers it.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T1, T2, T3>(
        this Namespace ns, string eventName, Func<Session, T1, T2, T3, Task<object?>> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(
            ns, eventName, options, HandlerArguments.CountOf(typeof(T3), 3),
            (session, arguments) => handler(session, arguments.Get<T1>(0), arguments.Get<T2>(1), arguments.Get<T3>(2)));
    }

    /// <summary>Handles an event, reading its data with the given metadata.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T>(
        this Namespace ns, string eventName, Func<Session, T, Task> handler, JsonTypeInfo<T> typeInfo, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(typeInfo);
        Add(ns, eventName, options, 1, (session, arguments) => WithoutAnswer(handler(session, arguments.Get(typeInfo))));
    }

    /// <summary>Handles an event and answers it, using the given metadata for the data and the answer.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T, TResult>(
        this Namespace ns, string eventName, Func<Session, T, Task<TResult>> handler, JsonTypeInfo<T> typeInfo,
        JsonTypeInfo<TResult> resultInfo, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ns);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(typeInfo);
        ArgumentNullException.ThrowIfNull(resultInfo);
        ns.Add(eventName, new Handler(
            async (session, received) =>
            {
                HandlerArguments arguments = new(ns.HandlerHost.Json, received, 1);
                return Json.Write(await handler(session, arguments.Get(typeInfo)).ConfigureAwait(false), resultInfo);
            },
            options ?? HandlerOptions.Default));
    }

    private static void Add(
        Namespace ns, string eventName, HandlerOptions? options, int count, Func<Session, HandlerArguments, Task<object?>> handler)
    {
        ArgumentNullException.ThrowIfNull(ns);
        ns.Add(eventName, new Handler(
            async (session, received) =>
            {
                HandlerArguments arguments = new(ns.HandlerHost.Json, received, count);
                return ns.HandlerHost.Json.WriteObject(await handler(session, arguments).ConfigureAwait(false));
            },
            options ?? HandlerOptions.Default));
    }

    private static async Task<object?> WithoutAnswer(Task handled)
    {
        await handled.ConfigureAwait(false);
        return null;
    }
}
