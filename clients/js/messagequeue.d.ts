/** Any function from an event's data to an answer. `any`, because a map names narrower types. */
type EventFunction = (data: any) => any;

/**
 * The events of an app, by name, as functions: what they carry is the parameter, what is answered to them the result.
 *
 *     interface ServerEvents { chat: (text: string) => void; ask: (question: Question) => Answer }
 */
export type EventMap<T> = { [Name in keyof T]: EventFunction };

/** The map where none is given: all names, any data. */
export interface AnyEvents {
  [name: string]: EventFunction;
}

type EventName<T> = keyof T & string;
type DataOf<F> = F extends (data: infer Data) => any ? Data : undefined;
type AnswerOf<F> = F extends (data: any) => infer Answer ? Awaited<Answer> : never;
type MaybePromise<T> = T | Promise<T>;
type Handler<F extends EventFunction> =
  (data: DataOf<F>, event: ReceivedEvent<DataOf<F>>) => MaybePromise<ReturnType<F> | void>;

/** An event as it came. */
export interface ReceivedEvent<Data = any> {
  readonly type: "event";
  /** The number of the event in the server's log. A volatile event has none. */
  readonly id?: number;
  readonly event: string;
  readonly data: Data;
  /** The first target of the emit that matched this session. */
  readonly room?: string;
  /** The sender, where there is one. */
  readonly from?: string;
  /** When it was stored, in milliseconds since 1970. */
  readonly time: number;
  /** Whether it may have been sent to this session before. */
  readonly redelivered?: true;
  /** Whether the server waits for an answer. */
  readonly reply?: true;
  /** Whether `data` is an array of several arguments. */
  readonly args?: true;
  /** The trace that it belongs to, a W3C `traceparent`. */
  readonly trace?: string;
}

export interface ConnectingState {
  readonly status: "connecting";
}

export interface OpenState {
  readonly status: "open";
}

export interface WaitingState {
  readonly status: "waiting";
  /** When the next attempt begins, in milliseconds since 1970. */
  readonly until: number;
  readonly reason: string;
  /** The close code, if the connection was closed with one. */
  readonly code?: number;
}

export interface ClosedState {
  readonly status: "closed";
  readonly reason: string;
  readonly code?: number;
}

export type State = ConnectingState | OpenState | WaitingState | ClosedState;

/** An emit, a join or a leave; among those that were refused also a request of presence. */
export interface RequestDetail {
  readonly type: "emit" | "join" | "leave" | "watch" | "unwatch" | "show";
  readonly ref?: string;
  readonly event?: string;
  readonly data?: any;
  readonly to?: string | readonly string[];
  readonly room?: string;
}

/** A session that is in a room and connected. */
export interface Member<Shown = any> {
  /** The name by which others know it: `from` of its events. */
  readonly session: string;
  /** What it shows of itself, which nobody has checked. */
  readonly data?: Shown;
}

/** Who is in a room. */
export interface Presence<Shown = any> {
  readonly room: string;
  /** How many sessions are there. */
  readonly count: number;
  /** Who they are; empty if they are only counted. */
  readonly members: Member<Shown>[];
  /** There are so many that they are only counted. */
  readonly many?: true;
  /** The watch has ended: this session left the room, or may not watch it (then with `error`). */
  readonly ended?: true;
  readonly error?: MessageQueueError;
}

/** What has changed since the handler was last called. */
export interface PresenceChange<Shown = any> {
  /** Who is there now, or shows something else now. */
  readonly joined: Member<Shown>[];
  readonly left: string[];
}

/** What `observe` tells. */
export interface ClientEvents {
  /** The state has changed. */
  state: (state: State) => void;
  /** A connection is open. `lost`: the session that this client had is gone, and this is a new one. */
  welcome: (welcome: { session: string; resumed: boolean; pending: number; more?: true; window: number; maxBytes: number; server: string;
    log: string; lost: boolean }) => void;
  /** `owed` or `unsent` has changed. */
  counts: (counts: { owed: number; unsent: number }) => void;
  /** Events of this session are gone, because the server keeps them for a limited time. */
  gap: (gap: { from: number; to: number; count?: number }) => void;
  /** Another connection took the session over. */
  takeover: (detail: { session?: string; reason: string }) => void;
  /** The server has another log than before, such as a restored backup. `lost`: numbers that this client got and that are not in it. */
  logchange: (detail: { from: string; to: string; upTo: number; lost: number[] }) => void;
  /** A request was done. `id`: the event's number, if one was stored. */
  answered: (detail: RequestDetail & { id?: number }) => void;
  /** A request failed. */
  refused: (detail: RequestDetail & { error: Error }) => void;
  /** The server cannot take a request now. It is sent again after `delay` milliseconds. */
  repeating: (detail: RequestDetail & { code: string; delay: number }) => void;
  /** The outbox is full, or volatile events come faster than they are handled: this one is dropped. */
  overflow: (detail: { error?: Error; event?: any }) => void;
  /** There is no handler for this event. It is acknowledged. */
  unhandled: (event: ReceivedEvent) => void;
  /** A handler threw (then with the event), the server reported an error, or the outbox on disk failed. */
  error: (error: unknown, event?: ReceivedEvent) => void;
}

/** Keeps the outbox where it survives the process. */
export interface OutboxStore {
  /** Returns what is kept in a box, in the order in which it was put there. */
  load(box: string): Promise<{ key: any; record: any }[]>;
  /** Keeps a record, which is JSON, and returns its key. */
  put(box: string, record: any): Promise<any>;
  remove(key: any): Promise<unknown>;
  /** Returns the names of all boxes. With `move`, so that a tab takes over what closed tabs have left. */
  boxes?(): Promise<string[]>;
  /** Moves everything from one box to the end of another. */
  move?(from: string, to: string): Promise<unknown>;
}

export interface ConnectOptions {
  /** The session's name: one per device or tab, because another connection with this name takes it over. Default: an anonymous session. */
  session?: string;
  /** What the server asks of clients. A function is called at every attempt, and again when the server says that the token expires. */
  token?: string | (() => MaybePromise<string | undefined>);
  /** Rooms to join while connecting. If one is refused, so is the connection. */
  rooms?: Iterable<string>;
  /** How many events may be unacknowledged at once. Default: the server's, 1,024. */
  window?: number;
  /** `shared`: several connections share the session, and each event goes to one of them. */
  mode?: "exclusive" | "shared";
  /** Where a new session begins: an event's number, `all`, or `last:N`. */
  from?: number | string;
  /** How many events are handled at the same time. Default 1. */
  concurrency?: number;
  /** How many emits, joins and leaves may wait for an answer. Default 1,000. */
  maxOutbox?: number;
  /** How large these may be together, in characters of JSON. Default 16,777,216. */
  maxOutboxBytes?: number;
  /** Where emits are kept until they are answered: in memory (default), or in IndexedDB, or in a store of your own. */
  outbox?: "indexeddb" | OutboxStore;
  /** Where the session is kept over a reload. Default: `sessionStorage` where there is one; null for nowhere. */
  storage?: Pick<Storage, "getItem" | "setItem"> | null;
  /** The WebSocket to use, such as that of the package `ws`. Default: the global one. */
  WebSocket?: unknown;
  /** The longest first delay between two attempts, in milliseconds. It doubles with every failure. Default 500. */
  retryDelay?: number;
  /** The longest delay between two attempts, in milliseconds. Default 30,000. */
  maxRetryDelay?: number;
  /** How long a connection has to be open, in milliseconds, for the delays to begin again with the shortest. Default 10,000. */
  stableAfter?: number;
  /** How long an attempt may take, in milliseconds. Default 10,000. */
  connectTimeout?: number;
  /** How long after an answered ping the next one goes out, in milliseconds. Default 25,000. */
  pingInterval?: number;
  /** How long the server may be silent after a ping, in milliseconds. Default 10,000. */
  pingTimeout?: number;
}

export interface EmitOptions {
  /** Leaves out this session, if false. */
  echo?: boolean;
  /** Only for sessions that are connected now; never stored, never repeated. */
  volatile?: boolean;
  /** After this many milliseconds the event is no longer delivered. */
  ttl?: number;
  /** `data` is an array of several arguments. */
  args?: boolean;
  /** The trace that it belongs to, a W3C `traceparent`; the event has it, too. */
  trace?: string;
}

/** One session's connection to the server. All its methods can be called in any state. */
export class MessageQueueClient<Received extends EventMap<Received> = AnyEvents, Emitted extends EventMap<Emitted> = Received> {
  constructor(url?: string | URL, options?: ConnectOptions);
  readonly state: State;
  readonly session: string | undefined;
  /** The name by which others know this session. */
  readonly alias: string | undefined;
  readonly rooms: string[];
  readonly owed: number;
  readonly unsent: number;
  on<Name extends EventName<Received>>(event: Name,
    handler: Handler<Received[Name]>): () => void;
  once<Name extends EventName<Received>>(event: Name,
    handler: Handler<Received[Name]>): () => void;
  onAny(handler: (name: string, data: any, event: ReceivedEvent) => unknown): () => void;
  observe<Name extends keyof ClientEvents>(name: Name, observer: ClientEvents[Name]): () => void;
  /** To whoever is connected: completes without a number. */
  emit<Name extends EventName<Emitted>>(event: Name, data: DataOf<Emitted[Name]>,
    options: EmitOptions & { to: string | readonly string[]; volatile: true }): Promise<undefined>;
  /** To rooms: completes with the event's number, when it is stored. */
  emit<Name extends EventName<Emitted>>(event: Name, data: DataOf<Emitted[Name]>,
    options: EmitOptions & { to: string | readonly string[] }): Promise<number>;
  /** To the server's own handler: completes with its answer. */
  emit<Name extends EventName<Emitted>>(event: Name, data?: DataOf<Emitted[Name]>, options?: EmitOptions & { to?: undefined }):
    Promise<AnswerOf<Emitted[Name]>>;
  join(room: string): Promise<void>;
  leave(room: string): Promise<void>;
  /** Watches who is in a room: first the state, then every change. Returns a function that undoes it. */
  presence<Shown = any>(room: string, handler: (presence: Presence<Shown>, change: PresenceChange<Shown>) => void): () => void;
  /** Shows a small JSON value to those who watch; without data, nothing. */
  show(data?: any): void;
  connect(): void;
  /** Closes the connection until `connect` is called. Emits go to the outbox meanwhile. */
  disconnect(): void;
  close(options?: { timeout?: number }): Promise<void>;
}

/** Starts to connect, and returns the client at once. The default address is where the module was loaded from. */
export function connect<Received extends EventMap<Received> = AnyEvents, Emitted extends EventMap<Emitted> = Received>(
  url?: string | URL, options?: ConnectOptions): MessageQueueClient<Received, Emitted>;

/** Keeps the outbox in an IndexedDB database. `outbox: "indexeddb"` is one named `messagequeue`. */
export function indexedDBOutbox(name?: string): OutboxStore;

/** Why an emit, a join or a leave failed. */
export class MessageQueueError extends Error {
  constructor(code: string, message: string);
  /** An error code of the server, or `not_connected`, `outbox_full`, `too_large`, `closed`, `store_failed`. */
  readonly code: string;
}
