using System.Text.Json.Serialization.Metadata;
using MessageQueue.Handlers;

namespace MessageQueue;

/// <summary>
/// Handlers of events that clients emit without <c>to</c>. An event has one handler; what that returns becomes the <c>data</c> of the
/// client's acknowledgement, which comes when the handler has finished. Thread-safe.
/// </summary>
/// <remarks>
/// <para>Arguments: one is read from the event's data as it is; several from the entries of the data, which has to be a JSON array then. An
/// entry that the client left out has its default value. A last argument of type <see cref="ReceivedEvent"/> is the event itself (its
/// reference, its number), and one of type <see cref="System.Text.Json.JsonElement"/> is raw JSON. Types need metadata in
/// <see cref="MessageQueueOptions.JsonSerializerOptions"/>, or are given theirs here.</para>
/// <para>Data that cannot be read is answered with <c>bad_message</c>. A handler that throws is answered with <c>failed</c>, and logged. A
/// client that repeats an event with the same <c>id</c> joins the running handler, or gets the answer that was kept: the last 1,024 of a
/// session, up to 256 KiB of data, and <see cref="MessageQueueOptions.MaxKeptAnswerBytes"/> of all sessions together, in memory.</para>
/// </remarks>
public static class NamespaceExtensions
{
    /// <summary>Handles an event, whatever its data.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On(this Namespace ns, string eventName, Func<Session, Task> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(ns, eventName, options, 0, (session, _) => Nothing(handler(session)));
    }

    /// <summary>Handles an event, whatever its data, and answers it.</summary>
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
        Add(ns, eventName, options, Arguments.CountOf(typeof(T), 1), (session, arguments) => Nothing(handler(session, arguments.Get<T>(0))));
    }

    /// <summary>Handles an event and answers it.</summary>
    /// <exception cref="ArgumentException">The name is not one: 1 to 128 characters.</exception>
    /// <exception cref="InvalidOperationException">The event has a handler already.</exception>
    public static void On<T>(this Namespace ns, string eventName, Func<Session, T, Task<object?>> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(ns, eventName, options, Arguments.CountOf(typeof(T), 1), (session, arguments) => handler(session, arguments.Get<T>(0)));
    }

    /// <summary>Handles an event with several arguments.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T1, T2>(this Namespace ns, string eventName, Func<Session, T1, T2, Task> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(ns, eventName, options, Arguments.CountOf(typeof(T2), 2), (session, arguments) =>
            Nothing(handler(session, arguments.Get<T1>(0), arguments.Get<T2>(1))));
    }

    /// <summary>Handles an event with several arguments and answers it.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T1, T2>(this Namespace ns, string eventName, Func<Session, T1, T2, Task<object?>> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(ns, eventName, options, Arguments.CountOf(typeof(T2), 2), (session, arguments) => handler(session, arguments.Get<T1>(0), arguments.Get<T2>(1)));
    }

    /// <summary>Handles an event with several arguments.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T1, T2, T3>(this Namespace ns, string eventName, Func<Session, T1, T2, T3, Task> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(ns, eventName, options, Arguments.CountOf(typeof(T3), 3), (session, arguments) =>
            Nothing(handler(session, arguments.Get<T1>(0), arguments.Get<T2>(1), arguments.Get<T3>(2))));
    }

    /// <summary>Handles an event with several arguments and answers it.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T1, T2, T3>(this Namespace ns, string eventName, Func<Session, T1, T2, T3, Task<object?>> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(ns, eventName, options, Arguments.CountOf(typeof(T3), 3), (session, arguments) =>
            handler(session, arguments.Get<T1>(0), arguments.Get<T2>(1), arguments.Get<T3>(2)));
    }

    /// <summary>Handles an event whose data has this metadata.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T>(this Namespace ns, string eventName, Func<Session, T, Task> handler, JsonTypeInfo<T> typeInfo, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(typeInfo);
        Add(ns, eventName, options, 1, (session, arguments) => Nothing(handler(session, arguments.Get(typeInfo))));
    }

    /// <summary>Handles an event whose data and answer have this metadata.</summary>
    /// <inheritdoc cref="On{T}(Namespace, string, Func{Session, T, Task{object?}}, HandlerOptions?)" path="/exception" />
    public static void On<T, TResult>(
        this Namespace ns, string eventName, Func<Session, T, Task<TResult>> handler, JsonTypeInfo<T> typeInfo, JsonTypeInfo<TResult> resultInfo,
        HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ns);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(typeInfo);
        ArgumentNullException.ThrowIfNull(resultInfo);
        ns.Add(eventName, new Handler(
            async (session, received) =>
            {
                Arguments arguments = new(ns.HandlerHost.Json, received, 1);
                return Json.Write(await handler(session, arguments.Get(typeInfo)).ConfigureAwait(false), resultInfo);
            },
            options ?? HandlerOptions.Default));
    }

    private static void Add(Namespace ns, string eventName, HandlerOptions? options, int count, Func<Session, Arguments, Task<object?>> handler)
    {
        ArgumentNullException.ThrowIfNull(ns);
        ns.Add(eventName, new Handler(
            async (session, received) =>
                ns.HandlerHost.Json.WriteObject(await handler(session, new Arguments(ns.HandlerHost.Json, received, count)).ConfigureAwait(false)),
            options ?? HandlerOptions.Default));
    }

    private static async Task<object?> Nothing(Task handled)
    {
        await handled.ConfigureAwait(false);
        return null;
    }
}
