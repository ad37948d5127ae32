/**
 * The MessageQueue client for browsers and Node: durable events with acknowledgements, over one WebSocket that comes back by itself.
 * What it does, case by case, is in docs/clients.md; what goes over the wire is in docs/protocol.md.
 *
 *     import { connect } from "/messagequeue.js";
 *
 *     const client = connect("/", { rooms: ["lobby"] });
 *     client.on("chat", (text, event) => console.log(`${event.from}: ${text}`));
 *     await client.emit("chat", "hello", { to: "lobby" });
 *
 * The file has no dependencies and needs no build step.
 */

/** Starts to connect, and returns the client at once. */
export function connect(url, options) {
  return new MessageQueueClient(url, options);
}

/** Why an emit, a join or a leave failed. `code` is one of the server's error codes, or one of this client's own. */
export class MessageQueueError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "MessageQueueError";
    this.code = code;
  }
}

const DEFAULTS = {
  concurrency: 1,
  maxOutbox: 1_000,
  maxOutboxBytes: 16 * 1024 * 1024,
  retryDelay: 500,
  maxRetryDelay: 30_000,
  stableAfter: 10_000,
  connectTimeout: 10_000,
  pingInterval: 25_000,
  pingTimeout: 10_000,
};

// Close codes after which the client stays closed: not allowed, taken over, session ended.
const FINAL_CODES = new Set([1008, 4001, 4002]);

// The close code of a token that has expired. Final for a client whose token is no function, because it has no other.
const TOKEN_EXPIRED = 4003;

// What a WebSocket sub-protocol may consist of (RFC 7230).
const SUB_PROTOCOL = /^[\w!#$%&'*+.^`|~-]+$/;

// Close codes of a server in trouble, which is given more time: failed, overloaded.
const TROUBLE_CODES = new Set([1011, 1013]);
const TROUBLE_FAILURES = 4;

// The server remembers the last 1,024 references of a session. What is repeated after a reconnect must be among them.
const MAX_IN_FLIGHT = 256;

// Twice the largest window that a server can grant: more events than this are never unacknowledged.
const MAX_HANDLED = 16_384;

// The locks of a page are released a moment after the page that replaces it in a reload has begun.
const LOCK_PATIENCE = 500;

const MAX_ACK_BATCH = 128;
const ACK_DELAY = 50;

const hidden = () => globalThis.document?.visibilityState === "hidden";

/**
 * One session's connection to the server. It connects when it is made and reconnects by itself. All its methods can be called in any
 * state.
 */
export class MessageQueueClient {
  #options;
  #url;
  #memory;
  #inbox;
  #outbox;
  #rooms;
  #presence;
  #prepared;
  #handlers = new Map();
  #anyHandlers = new Set();
  #observers = new Map();
  #state;
  #socket = null;
  #attempt = null;
  #welcomed = false;
  #openedAt = 0;
  #failures = 0;
  #timer;
  #maxBytes = Infinity;
  #ping = null;
  #heardAt = 0;
  #released = () => {};
  #releasedBox = () => {};
  #replaced;
  #closing = null;
  #isClosed = false;
  #alias;
  #countsTold = true;
  #undoPageEvents = () => {};

  constructor(url, options = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.#options.WebSocket ??= globalThis.WebSocket;
    if (!this.#options.WebSocket) {
      throw new TypeError('There is no WebSocket here. Give one: connect(url, { WebSocket }), in Node 20 from the package "ws".');
    }

    this.#url = absolute(url);
    this.#memory = new Memory(this.#options.storage, `messagequeue ${this.#url} ${this.#options.session ?? ""}`);
    this.#rooms = new Rooms(this.#options.rooms ?? []);
    this.#inbox = new Inbox(this.#memory, {
      concurrency: this.#options.concurrency,
      handle: event => this.#handle(event),
      send: message => this.#send(message),
      confirm: () => this.#sendPing(),
      tell: (name, detail, event) => this.#tell(name, detail, event),
      changed: () => this.#tellCounts(),
    });
    this.#outbox = new Outbox({
      max: this.#options.maxOutbox,
      maxBytes: this.#options.maxOutboxBytes,
      firstDelay: this.#options.retryDelay,
      maxDelay: this.#options.maxRetryDelay,
      send: message => this.#send(message),
      tooLarge: text => text.length > this.#maxBytes / 3 && new TextEncoder().encode(text).length > this.#maxBytes,
      tell: (name, detail) => this.#tell(name, detail),
      changed: () => this.#tellCounts(),
    });
    this.#presence = new Presence({
      firstDelay: this.#options.retryDelay,
      maxDelay: this.#options.maxRetryDelay,
      send: message => this.#send(message),
      tell: (name, detail) => this.#tell(name, detail),
    });
    this.#state = Object.freeze({ status: "connecting" });
    this.#prepared = this.#prepare();
    this.#listenToPage();
    this.#open();
  }

  /** What the connection is doing: `connecting`, `open`, `waiting` or `closed`, and why. A new object for each state. */
  get state() {
    return this.#state;
  }

  /** The session's name, once the server has told it or the app has given it. */
  get session() {
    return this.#options.session ?? this.#memory.session;
  }

  /** The name by which others know this session: `from` of its events, and `session` in presence. Known once the server has told it. */
  get alias() {
    return this.#alias ?? this.#options.session;
  }

  /** The rooms that this client has joined or is joining. */
  get rooms() {
    return this.#rooms.all();
  }

  /** How many events wait for this session: with the server, and here until they are handled. */
  get owed() {
    return this.#inbox.owed;
  }

  /** How many emits, joins and leaves the server has not answered yet. */
  get unsent() {
    return this.#outbox.size;
  }

  /** Handles events of this name. Returns a function that undoes it. */
  on(event, handler) {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers);
    const entry = { handler };
    handlers.add(entry);
    return () => {
      handlers.delete(entry);
      if (handlers.size === 0 && this.#handlers.get(event) === handlers) {
        this.#handlers.delete(event);
      }
    };
  }

  /** Handles one event of this name: the first that the handler does not refuse by throwing. Returns a function that undoes it. */
  once(event, handler) {
    let done = false;
    const undo = this.on(event, async (data, received) => {
      if (done) {
        return undefined;
      }

      done = true;
      try {
        const answer = await handler(data, received);
        undo();
        return answer;
      } catch (error) {
        done = false;
        throw error;
      }
    });
    return undo;
  }

  /** Handles every event, with its name first. Returns a function that undoes it. */
  onAny(handler) {
    const entry = { handler };
    this.#anyHandlers.add(entry);
    return () => this.#anyHandlers.delete(entry);
  }

  /** Listens to what happens to the client itself, such as `state` or `gap`. Returns a function that undoes it. */
  observe(name, observer) {
    const observers = this.#observers.get(name) ?? new Set();
    this.#observers.set(name, observers);
    const entry = { observer };
    observers.add(entry);
    return () => observers.delete(entry);
  }

  /**
   * Emits an event. With `to` it completes with the event's number when the event is stored, without `to` with the answer of the
   * server's handler.
   */
  emit(event, data, { to, volatile, ttl, echo, args, trace } = {}) {
    const request = { type: "emit", event, data, to, echo, volatile, args, ttl, trace };
    if (volatile && this.#state.status !== "open") {
      return this.#outbox.refuse(
        new MessageQueueError("not_connected", `the volatile event ${event} needs an open connection`), request);
    }

    return this.#outbox.add(request);
  }

  /** Joins a room. Completes when the server has stored it. */
  join(room) {
    this.#rooms.add(room);
    return this.#enter(this.#outbox.add({ type: "join", room }), room);
  }

  /** Leaves a room. Completes when the server has stored it. What is owed already still comes. */
  leave(room) {
    this.#rooms.delete(room);
    return settled(this.#outbox.add({ type: "leave", room }).then(() => undefined));
  }

  /**
   * Watches who is in a room, for as long as the client lives: again after every reconnect. Tells the handler with every change, first of
   * all the whole state. Returns a function that undoes it.
   */
  presence(room, handler) {
    return this.#presence.watch(room, handler);
  }

  /** Shows a small JSON value to those who watch a room in which this session is: again after every reconnect. Without data, nothing. */
  show(data) {
    this.#presence.show(data);
  }

  /** Closes the connection until the app calls `connect`. Emits go to the outbox meanwhile, and the session stays with the server. */
  disconnect() {
    if (this.#closing || this.#state.status === "closed") {
      return;
    }

    this.#inbox.flush();
    this.#attempt = null;
    this.#abandon({ isGraceful: true });
    this.#disconnected();
    this.#setState({ status: "closed", reason: "disconnected by the app", code: 1000 });
  }

  /**
   * Connects now: instead of waiting, after `disconnect`, or after a close that the server meant to be final. Checks a connection that is
   * open. Does nothing after `close`.
   */
  connect() {
    if (this.#closing) {
      return;
    }

    if (this.#state.status === "open") {
      this.#probe();
    } else if (this.#state.status !== "connecting") {
      this.#open();
    }
  }

  /**
   * Closes the client for good. Waits for running handlers and unanswered emits, but not longer than `timeout` milliseconds. What is left
   * then fails with the code `closed`. The session stays with the server.
   */
  close({ timeout = 5_000 } = {}) {
    this.#closing ??= this.#close(timeout);
    return this.#closing;
  }

  async #close(timeout) {
    this.#outbox.end();
    this.#inbox.end();
    if (this.#state.status !== "closed") {
      await within(timeout, Promise.all([this.#inbox.idle(), this.#outbox.idle()]));
    }

    this.#inbox.flush();
    this.#attempt = null;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (socket && this.#welcomed) {
      await within(Math.min(timeout, 1_000), new Promise(closed => {
        socket.onmessage = null;
        socket.onclose = closed;
        socket.close(1000);
      }));
    }

    this.#abandon();
    this.#inbox.disconnected();
    this.#presence.disconnected();
    this.#undoPageEvents();
    this.#isClosed = true;
    this.#releaseLocks();
    this.#setState({ status: "closed", reason: "closed by the app", code: 1000 });
    this.#outbox.fail(new MessageQueueError("closed", "the client was closed before the server answered"));
  }

  #releaseLocks() {
    this.#released();
    this.#releasedBox();
  }

  // Before the first attempt: which session is this page's own, and what an earlier page left to be sent.
  async #prepare() {
    if (this.#memory.session && !this.#options.session && !(await this.#claim(this.#memory.session))) {
      this.#memory.clear(); // A copied tab: the other one goes on with the session.
    }

    this.#inbox.load();
    const store = this.#options.outbox === "indexeddb" ? indexedDBOutbox() : this.#options.outbox;
    if (store) {
      await this.#loadOutbox(store);
    }

    if (this.#isClosed) {
      this.#releaseLocks();
    }
  }

  // Holds a lock for as long as this page has the session. Returns false if another tab holds it.
  async #claim(session) {
    this.#released();
    const release = this.#memory.isKept ? await hold(`messagequeue ${this.#url} ${session}`, LOCK_PATIENCE) : () => {};
    this.#released = release ?? (() => {});
    if (this.#isClosed) {
      this.#releaseLocks();
    }

    return release !== null;
  }

  async #loadOutbox(store) {
    const session = this.#options.session;
    const box = `${this.#url} ${session ?? `~${this.#memory.box}`}`;
    if (!session && store.boxes) {
      this.#releasedBox = await hold(`messagequeue outbox ${box}`, LOCK_PATIENCE) ?? (() => {});
      await this.#adopt(store, box);
    }

    await this.#outbox.load(store, box);
  }

  // Takes over what tabs have left that were closed before the server had answered. What belongs to a named session waits for that.
  async #adopt(store, own) {
    try {
      const others = (await store.boxes()).filter(box => box.startsWith(`${this.#url} ~`) && box !== own);
      for (const box of globalThis.navigator?.locks ? others : []) {
        const release = await hold(`messagequeue outbox ${box}`);
        if (release) {
          await store.move(box, own);
          release();
        }
      }
    } catch (error) {
      this.#tell("error", new MessageQueueError("store_failed", `what other tabs left cannot be read: ${error?.message ?? error}`));
    }
  }

  async #open() {
    this.#abandon();
    clearTimeout(this.#timer);
    const attempt = (this.#attempt = {});
    this.#setState({ status: "connecting" });
    let socket;
    try {
      await this.#prepared;
      const token = await this.#token();
      if (attempt !== this.#attempt) {
        return;
      }

      // Not in the address, which ends up in the logs of servers and proxies.
      const isProtocol = SUB_PROTOCOL.test(token ?? "");
      const protocols = isProtocol ? ["mq.v1", `mq.token.${token}`] : "mq.v1";
      socket = new this.#options.WebSocket(this.#address(isProtocol ? undefined : token), protocols);
    } catch (error) {
      if (attempt === this.#attempt) {
        this.#wait(undefined, `no attempt could be made: ${error?.message ?? error}`); // The token's function threw, for example.
      }

      return;
    }

    this.#socket = socket;
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(JSON.parse(data));
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#lose(code, reason);
    socket.onerror = () => {}; // `close` follows, and says more.
    this.#timer = setTimeout(
      () => this.#lose(undefined, `the server did not answer within ${this.#options.connectTimeout} ms`), this.#options.connectTimeout);
  }

  async #token() {
    const { token } = this.#options;
    return typeof token === "function" ? token() : token;
  }

  #address(token) {
    const url = new URL(this.#url);
    const { session, window, mode, from } = this.#options;
    const parameters = url.searchParams;
    const add = (name, value) => value !== undefined && value !== null && parameters.set(name, value);
    add("token", token);
    add("session", session ?? this.#memory.session);
    add("window", window);
    add("mode", mode);
    // In place of an anonymous session that has expired: where that one had got to.
    add("from", this.#isRenewal() && this.#memory.last > 0 ? this.#memory.last + 1 : from);
    for (const room of this.#rooms.forAddress(this.#isRenewal())) {
      parameters.append("room", room);
    }

    return url.href;
  }

  #isRenewal() {
    return !this.#options.session && !this.#memory.session && this.#memory.log !== undefined;
  }

  #receive(message) {
    this.#heardAt = Date.now();
    switch (message.type) {
      case "welcome":
        return this.#welcome(message);
      case "event":
        return this.#inbox.receive(message);
      case "gap":
        return this.#inbox.receive(message);
      case "presence":
        return this.#presence.receive(message);
      case "ack":
        return this.#outbox.answer(message.ref, message) || this.#presence.answer(message.ref, message);
      case "error":
        return this.#outbox.answer(message.ref, message) || this.#presence.answer(message.ref, message)
          || this.#tell("error", new MessageQueueError(message.code, message.message));
      case "pong":
        return this.#pong();
      case "expiring":
        return this.#renewToken();
      default:
        return undefined; // A later version of the server.
    }
  }

  #welcome(message) {
    const { session, resumed, pending, log, window, maxBytes } = message;
    const lost = this.#memory.log !== undefined && !resumed;
    const isOtherLog = this.#memory.log !== undefined && this.#memory.log !== log;
    if (isOtherLog) {
      const hadFrom = this.#isRenewal() && this.#memory.last > 0;
      this.#changeLog(message);
      if (hadFrom) {
        this.#open(); // `from` was meant for the other log.
        return;
      }
    }

    clearTimeout(this.#timer);
    this.#welcomed = true;
    this.#openedAt = Date.now();
    this.#maxBytes = maxBytes;
    if (!this.#options.session && session !== this.#memory.session) {
      this.#claim(session);
    }

    this.#replaced = undefined;
    this.#alias = message.alias ?? session;
    this.#memory.save({ session, log });
    this.#inbox.connected(pending, window);
    this.#setState({ status: "open" });
    this.#tell("welcome", { ...message, lost });
    if (!resumed || isOtherLog) {
      this.#joinAgain();
    }

    this.#outbox.connected();
    this.#presence.connected();
    this.#schedulePing();
  }

  // The server closes the connection when the token expires. If this fails, the function is asked again after that.
  async #renewToken() {
    if (typeof this.#options.token !== "function") {
      return;
    }

    const socket = this.#socket;
    try {
      const token = await this.#token();
      if (token && socket === this.#socket) {
        this.#send({ type: "token", token });
      }
    } catch (error) {
      this.#tell("error", new MessageQueueError("token_failed", `no new token could be had: ${error?.message ?? error}`));
    }
  }

  #changeLog({ log, continues }) {
    const before = this.#memory.log;
    const upTo = continues?.find(other => other.log === before)?.upTo ?? 0;
    const lost = this.#inbox.forgetAfter(upTo);
    this.#memory.save({ log });
    this.#tell("logchange", { from: before, to: log, upTo, lost });
  }

  #joinAgain() {
    for (const room of this.#rooms.notIn(this.#outbox.rooms())) {
      this.#enter(this.#outbox.add({ type: "join", room }, { first: true }), room);
    }
  }

  #enter(joined, room) {
    const refused = error => {
      this.#rooms.delete(room);
      throw error;
    };
    return settled(joined.then(() => this.#rooms.confirm(room), refused));
  }

  #disconnected() {
    this.#outbox.disconnected();
    this.#inbox.disconnected();
    this.#presence.disconnected();
  }

  // The connection ended, or this client gives it up.
  #lose(code, reason) {
    const welcomed = this.#welcomed;
    this.#abandon();
    this.#disconnected();
    if (code === 4001) {
      this.#tell("takeover", { session: this.session, reason });
    }

    if (this.#isReplaceable(code, welcomed)) {
      // An anonymous session that has expired (1008), or that a copied tab has taken (4001).
      this.#replaced = this.#memory.session;
      this.#memory.save({ session: undefined });
      this.#open();
      return;
    }

    if (code === 1008 && this.#replaced) {
      this.#memory.save({ session: this.#replaced }); // It was not the session that was refused, but the token or a room.
    }

    if (code === 4002) {
      this.#memory.save({ session: undefined, log: undefined });
    }

    if (FINAL_CODES.has(code) || (code === TOKEN_EXPIRED && typeof this.#options.token !== "function")) {
      this.#attempt = null;
      this.#setState({ status: "closed", reason: reason || `close code ${code}`, code });
    } else {
      this.#wait(code, reason);
    }
  }

  #isReplaceable(code, welcomed) {
    const isAnonymous = !this.#options.session && this.#memory.session !== undefined;
    return isAnonymous && ((code === 1008 && !welcomed) || (code === 4001 && this.#memory.isKept && !globalThis.navigator?.locks));
  }

  #wait(code, reason) {
    if (this.#openedAt > 0 && Date.now() - this.#openedAt >= this.#options.stableAfter) {
      this.#failures = 0;
    }

    this.#openedAt = 0;
    this.#failures = Math.max(this.#failures + 1, TROUBLE_CODES.has(code) ? TROUBLE_FAILURES : 1);
    const delay = jittered(this.#failures, this.#options.retryDelay, this.#options.maxRetryDelay);
    this.#attempt = null;
    const until = Date.now() + Math.floor(delay);
    this.#setState({ status: "waiting", until, reason: reason || `the connection was lost (${code})`, code });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), delay);
  }

  // Lets go of the socket without waiting for it: the other side may be gone.
  #abandon({ isGraceful = false } = {}) {
    clearTimeout(this.#timer);
    clearTimeout(this.#ping?.timer);
    this.#ping = null;
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    if (socket) {
      socket.onmessage = socket.onclose = null;
      socket.terminate && !isGraceful ? socket.terminate() : socket.close();
    }
  }

  #send(message) {
    if (!this.#socket || !this.#welcomed) {
      return false;
    }

    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
    return true;
  }

  // The timer is set when a message comes, never by itself: in hidden tabs, browsers slow down timers that chain.
  #schedulePing() {
    this.#ping = { sentAt: 0, timer: setTimeout(() => this.#sendPing(), this.#options.pingInterval) };
  }

  #sendPing(timeout = this.#options.pingTimeout) {
    if (!this.#welcomed || this.#ping?.sentAt > 0) {
      return;
    }

    clearTimeout(this.#ping?.timer);
    this.#ping = { sentAt: Date.now(), timer: undefined };
    this.#inbox.mark();
    this.#send({ type: "ping" });
    this.#awaitPong(timeout);
  }

  #awaitPong(timeout) {
    const dueAt = Date.now() + timeout;
    this.#ping.timer = setTimeout(() => {
      const now = Date.now();
      const wasAsleep = now - dueAt > timeout;
      if (wasAsleep || now - this.#heardAt < timeout) {
        this.#awaitPong(timeout); // Messages come, or could not be handled meanwhile: the pong is behind them.
      } else {
        this.#lose(undefined, `the server was silent for ${timeout} ms`);
      }
    }, timeout);
  }

  #pong() {
    this.#inbox.confirmed();
    clearTimeout(this.#ping?.timer);
    this.#schedulePing();
  }

  #probe() {
    this.#sendPing();
  }

  #listenToPage() {
    if (typeof globalThis.addEventListener !== "function") {
      return;
    }

    const back = () => !hidden() && this.#state.status !== "closed" && this.connect();
    const online = () => this.#state.status !== "closed" && this.connect();
    const offline = () => this.#state.status === "open" && this.#probe();
    const away = () => this.#inbox.flush();
    const document = globalThis.document;
    const pairs = [
      [globalThis, "online", online], [globalThis, "offline", offline], [globalThis, "pageshow", back], [globalThis, "pagehide", away],
      ...(document ? [[document, "visibilitychange", back], [document, "visibilitychange", away], [document, "resume", back]] : []),
    ];
    pairs.forEach(([target, name, listener]) => target.addEventListener(name, listener));
    this.#undoPageEvents = () => pairs.forEach(([target, name, listener]) => target.removeEventListener(name, listener));
  }

  // Runs the handlers of an event, one after the other. The answer is the first value that one returns.
  async #handle(event) {
    const handlers = [
      ...[...(this.#handlers.get(event.event) ?? [])].map(({ handler }) => () => handler(event.data, event)),
      ...[...this.#anyHandlers].map(({ handler }) => () => handler(event.event, event.data, event)),
    ];
    if (handlers.length === 0) {
      this.#tell("unhandled", event);
    }

    let answer;
    for (const run of handlers) {
      const value = await run();
      answer = answer === undefined ? value : answer;
    }

    return answer;
  }

  #setState(state) {
    this.#state = Object.freeze(state);
    this.#tell("state", this.#state);
  }

  // Once for all the changes that a message makes.
  #tellCounts() {
    if (this.#countsTold) {
      this.#countsTold = false;
      queueMicrotask(() => {
        this.#countsTold = true;
        this.#tell("counts", { owed: this.owed, unsent: this.unsent });
      });
    }
  }

  #tell(name, detail, event) {
    const observers = [...(this.#observers.get(name) ?? [])];
    for (const { observer } of observers) {
      try {
        observer(detail, event);
      } catch (error) {
        console.error(`An observer of ${name} threw:`, error);
      }
    }

    if (observers.length === 0 && name === "error") {
      console.error("MessageQueue:", detail, event ?? "");
    }
  }
}

/** The rooms that the client wants to be in, and which of them the server has granted. */
class Rooms {
  #given;
  #wanted;
  #granted;

  constructor(rooms) {
    this.#given = new Set(rooms);
    this.#wanted = new Set(rooms);
    this.#granted = new Set(rooms);
  }

  all() {
    return [...this.#wanted];
  }

  add(room) {
    this.#wanted.add(room);
  }

  confirm(room) {
    if (this.#wanted.has(room)) {
      this.#granted.add(room);
    }
  }

  delete(room) {
    this.#wanted.delete(room);
    this.#granted.delete(room);
    this.#given.delete(room);
  }

  /** Rooms to join while connecting. The others could be refused, which would refuse the connection. */
  forAddress(isNewSession) {
    return isNewSession ? this.#granted : this.#given;
  }

  /** Rooms to join again in a new session; not those of which a message waits. */
  notIn(waiting) {
    return [...this.#wanted].filter(room => !this.#given.has(room) && !waiting.has(room));
  }
}

/**
 * The events that came, until they are handled and acknowledged. Knows the numbers of those that were handled, because an event can come
 * again.
 */
class Inbox {
  #memory;
  #client;
  #queue = [];
  #open = new Map(); // Number → item, from arrival until it is handled.
  #handled = new Set();
  #answers = new Map(); // Number → answer, for an event that comes again because its acknowledgement was lost.
  #acks = [];
  #timer;
  #running = 0;
  #window = 1;
  #backlog = 0;
  #ended = false;
  #idle = [];

  constructor(memory, client) {
    this.#memory = memory;
    this.#client = client;
  }

  get owed() {
    return this.#backlog + this.#queue.length + this.#running;
  }

  /** Takes over what an earlier page has handled. */
  load() {
    this.#handled = new Set(this.#memory.handled);
  }

  connected(pending, window) {
    this.#window = window;
    this.#backlog = Math.max(0, pending - this.#open.size);
    this.#client.changed();
  }

  /** What was to be acknowledged, and every gap, comes again on the next connection, and is acknowledged there. */
  disconnected() {
    this.#acks = [];
    this.#queue = this.#queue.filter(item => item.message.type !== "gap");
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** An event, or a gap among the events. */
  receive(message) {
    const number = message.type === "event" ? message.id : undefined;
    if (this.#open.has(number)) {
      return; // It came on an earlier connection and is acknowledged when it is done.
    }

    if (number !== undefined) {
      this.#backlog = Math.max(0, this.#backlog - 1);
      if (this.#handled.has(number)) {
        this.#acknowledge(number);
        return;
      }
    } else if (message.type === "event" && this.#queue.length >= this.#window + 1_000) {
      this.#client.tell("overflow", { event: message }); // Volatile events are not bounded by the window.
      return;
    }

    const item = { message, number, isForgotten: false };
    if (number !== undefined) {
      this.#open.set(number, item);
    }

    this.#queue.push(item);
    this.#client.changed();
    this.#run();
  }

  /** Forgets the numbers that mean other events now, and returns them. */
  forgetAfter(number) {
    const lost = [...this.#handled, ...this.#open.keys()].filter(one => one > number);
    for (const one of lost) {
      this.#handled.delete(one);
      this.#answers.delete(one);
      const item = this.#open.get(one);
      if (item) {
        item.isForgotten = true;
        this.#open.delete(one);
      }
    }

    this.#queue = this.#queue.filter(item => !item.isForgotten);
    this.#memory.forgetAfter(number);
    this.#acks = [];
    return lost.sort((one, other) => one - other);
  }

  /** Sends the acknowledgements that are due. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // The numbers, not `upTo`: that would also cover what another connection of this session has nacked.
    while (this.#acks.length > 0 && this.#client.send({ type: "ack", id: this.#acks.slice(0, MAX_ACK_BATCH) })) {
      this.#acks.splice(0, MAX_ACK_BATCH);
    }

    if (this.#memory.unconfirmed >= MAX_ACK_BATCH) {
      this.#client.confirm();
    }
  }

  /** A ping goes out: its pong will say that the server has the acknowledgements so far. */
  mark() {
    this.flush();
    this.#memory.mark(this.#acks.length);
  }

  confirmed() {
    this.#memory.confirm();
  }

  /** Starts no more handlers. */
  end() {
    this.#ended = true;
    this.#settle();
  }

  /** Completes when no handler runs. Only after `end`. */
  idle() {
    return new Promise(done => {
      this.#idle.push(done);
      this.#settle();
    });
  }

  #settle() {
    if (this.#ended && this.#running === 0) {
      this.#idle.splice(0).forEach(done => done());
    }
  }

  #run() {
    while (!this.#ended && this.#queue.length > 0 && this.#running < this.#client.concurrency) {
      this.#process(this.#queue.shift());
    }
  }

  async #process(item) {
    this.#running++;
    try {
      if (item.message.type === "gap") {
        this.#client.tell("gap", item.message);
        this.#acknowledge(item.message.to);
      } else {
        this.#finish(item, await this.#client.handle(item.message));
      }
    } catch (error) {
      this.#fail(item, error);
    } finally {
      this.#running--;
      this.#client.changed();
      this.#run();
      this.#settle();
    }
  }

  #finish(item, answer) {
    const { number, message } = item;
    if (number === undefined || item.isForgotten) {
      return;
    }

    this.#open.delete(number);
    this.#remember(number);
    if (message.reply) {
      remember(this.#answers, number, answer ?? null, MAX_ACK_BATCH);
    }

    this.#acknowledge(number);
  }

  #fail(item, error) {
    this.#client.tell("error", error, item.message);
    if (item.number !== undefined && !item.isForgotten) {
      this.#open.delete(item.number);
      this.#client.send({ type: "nack", id: item.number });
    }
  }

  #remember(number) {
    this.#handled.add(number);
    this.#memory.remember(number);
    if (this.#handled.size > MAX_HANDLED) {
      this.#handled.delete(this.#handled.values().next().value);
    }
  }

  #acknowledge(number) {
    if (this.#answers.has(number)) {
      this.#client.send({ type: "ack", id: number, data: this.#answers.get(number) });
      return;
    }

    this.#acks.push(number);
    if (hidden() || this.#acks.length >= Math.max(1, Math.min(MAX_ACK_BATCH, this.#window >> 2))) {
      this.flush();
    } else {
      this.#timer ??= setTimeout(() => this.flush(), ACK_DELAY);
    }
  }
}

/** Who is in the rooms that are watched, and what this session shows of itself. A connection knows nothing of the one before. */
class Presence {
  #client;
  #watches = new Map(); // Room → watch.
  #requests = new Map(); // Reference → what to do with the answer.
  #shown;
  #shows = false;
  #isOpen = false;
  #refusals = 0;
  #timers = new Set();
  #last = 0;

  constructor(client) {
    this.#client = client;
  }

  watch(room, handler) {
    let watch = this.#watches.get(room);
    if (!watch) {
      watch = { room, handlers: new Set(), isGranted: false, isWhole: false, version: 0, count: 0, members: new Map(), told: new Map() };
      this.#watches.set(room, watch);
      this.#ask(watch);
    }

    const entry = { handler };
    watch.handlers.add(entry);
    if (watch.isWhole) {
      queueMicrotask(() => {
        if (watch.handlers.has(entry) && watch.isWhole) {
          this.#call(entry, watch, { joined: members(watch.told), left: [] });
        }
      });
    }

    return () => {
      watch.handlers.delete(entry);
      if (watch.handlers.size === 0 && this.#watches.get(room) === watch) {
        this.#watches.delete(room);
        this.#request({ type: "unwatch", room }, () => {});
      }
    };
  }

  show(data) {
    this.#shown = data;
    this.#shows = true;
    this.#sendShown();
  }

  connected() {
    this.#isOpen = true;
    if (this.#shows) {
      this.#sendShown();
    }

    this.#watches.forEach(watch => this.#ask(watch));
  }

  disconnected() {
    this.#isOpen = false;
    this.#requests.clear();
    this.#timers.forEach(timer => clearTimeout(timer));
    this.#timers.clear();
    for (const watch of this.#watches.values()) {
      watch.isGranted = false; // What is known of the room stays, until there is a new state.
    }
  }

  /** Takes an answer of the server. Returns whether there was a request for it. */
  answer(reference, message) {
    const done = this.#requests.get(reference);
    this.#requests.delete(reference);
    done?.(message.type === "error" ? new MessageQueueError(message.code, message.message) : undefined);
    return done !== undefined;
  }

  receive(message) {
    const watch = this.#watches.get(message.room);
    if (!watch?.isGranted) {
      return; // Of a watch that was undone.
    }

    if (message.ended) {
      this.#end(watch);
    } else if (message.members || message.many) {
      this.#beginOrGoOn(watch, message);
    } else if (message.version > watch.version) {
      message.left?.forEach(session => watch.members.delete(session));
      this.#add(watch, message.joined);
      watch.version = message.version;
      this.#tell(watch, message.count);
    }
  }

  #beginOrGoOn(watch, message) {
    if (!message.part) {
      watch.members = new Map();
      watch.version = message.version;
      watch.isWhole = false;
    }

    this.#add(watch, message.members);
    watch.isCounted = message.many === true;
    watch.isWhole ||= !message.more;
    this.#tell(watch, message.count);
  }

  #add(watch, entries) {
    entries?.forEach(({ session, data }) => watch.members.set(session, data));
  }

  // Tells what has changed since the handlers were last told, also if connections were lost in between.
  #tell(watch, count) {
    watch.count = count;
    if (!watch.isWhole) {
      return; // More parts follow.
    }

    const before = watch.told;
    watch.told = new Map(watch.members);
    const change = {
      joined: members(watch.told).filter(({ session, data }) => !before.has(session) || !isSame(before.get(session), data)),
      left: [...before.keys()].filter(session => !watch.told.has(session)),
    };
    watch.handlers.forEach(entry => this.#call(entry, watch, change));
  }

  #call({ handler }, { room, count, isCounted, told }, change, ending) {
    try {
      handler({ room, count, members: members(told), ...(isCounted && { many: true }), ...ending }, change);
    } catch (error) {
      console.error(`A presence handler of ${room} threw:`, error);
    }
  }

  // The session left the room, or may not watch it.
  #end(watch, error) {
    const left = [...watch.told.keys()];
    watch.told = new Map();
    watch.count = 0;
    this.#watches.delete(watch.room);
    watch.handlers.forEach(entry => this.#call(entry, watch, { joined: [], left }, { ended: true, ...(error && { error }) }));
  }

  #ask(watch) {
    this.#request({ type: "watch", room: watch.room }, error => {
      if (this.#watches.get(watch.room) !== watch) {
        return;
      }

      watch.isGranted = !error;
      if (error) {
        this.#end(watch, error);
      }
    });
  }

  #sendShown() {
    const data = this.#shown;
    this.#request({ type: "show", data }, () => {}, () => this.#shown === data);
  }

  // These requests are not repeated on the next connection as they are: there, everything begins anew.
  #request(message, done, isWanted = () => true) {
    if (!this.#isOpen) {
      return;
    }

    const id = `presence-${++this.#last}`;
    this.#requests.set(id, error => {
      if (error?.code === "rate_limited" || error?.code === "unavailable") {
        this.#repeatLater(() => isWanted() && this.#request(message, done, isWanted));
        return;
      }

      this.#refusals = 0;
      done(error);
      if (error) {
        this.#client.tell("refused", { error, ...described({ ...message, id }) });
      }
    });
    this.#client.send({ ...message, id });
  }

  #repeatLater(repeat) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      repeat();
    }, jittered(++this.#refusals, this.#client.firstDelay, this.#client.maxDelay));
    this.#timers.add(timer);
  }
}

const members = map => [...map].map(([session, data]) => ({ session, data }));

const isSame = (one, other) => one === other || JSON.stringify(one) === JSON.stringify(other);

/** Requests until the server has answered them, in the order of the calls. */
class Outbox {
  #client;
  #entries = new Map(); // Reference → entry.
  #waiting = []; // Entries to be sent on this connection, in order.
  #inFlight = 0;
  #limit = MAX_IN_FLIGHT;
  #refusals = 0;
  #pause;
  #isOpen = false;
  #isEnded = false;
  #idle = [];
  #last = 0;
  #first = 0;
  #bytes = 0;
  #prefix = randomText();
  #store = null;

  constructor(client) {
    this.#client = client;
  }

  get size() {
    return this.#entries.size;
  }

  /** Takes over what an earlier page has not got through, and keeps new emits in the store from now on. */
  async load(store, box) {
    try {
      const found = await store.load(box);
      this.#first -= found.length;
      found.forEach(({ key, record }, index) => {
        const entry = new Entry(this.#first + index, record.message, record.madeAt);
        entry.key = Promise.resolve(key);
        this.#enter(entry);
      });
      this.#store = { put: record => store.put(box, record), remove: key => store.remove(key) };
      [...this.#entries.values()].filter(entry => !entry.key).forEach(entry => this.#keep(entry));
      this.#waiting = this.#inOrder();
      this.#client.changed();
    } catch (error) {
      this.#client.tell("error", new MessageQueueError("store_failed", `the outbox on disk cannot be used: ${error?.message ?? error}`));
    }
  }

  /** Adds a request, and returns a promise of its answer. */
  add(request, { first = false } = {}) {
    if (this.#isEnded) {
      return this.refuse(new MessageQueueError("closed", "the client is closed"), request);
    }

    const order = first ? this.#first - 1 : this.#last + 1;
    const message = { ...request, id: `${this.#prefix}-${order}` };
    let entry;
    try {
      entry = new Entry(order, message, Date.now());
    } catch (error) {
      return this.refuse(error, request); // The data has no JSON: it is circular, or a BigInt.
    }

    if (!first && (this.#entries.size >= this.#client.max || this.#bytes + entry.text.length > this.#client.maxBytes)) {
      const error = new MessageQueueError("outbox_full", `${this.#entries.size} requests wait for the server's answer: the outbox is full`);
      this.#client.tell("overflow", { error, ...described(request) });
      return this.refuse(error, request);
    }

    this.#first = Math.min(this.#first, order);
    this.#last = Math.max(this.#last, order);
    this.#enter(entry);
    if (first) {
      this.#waiting.unshift(entry);
    } else {
      this.#waiting.push(entry);
    }

    this.#keep(entry);
    this.#client.changed();
    this.#pump();
    return entry.promise;
  }

  /** Fails a request that is not taken. */
  refuse(error, request) {
    this.#client.tell("refused", { error, ...described(request) });
    return settled(Promise.reject(error));
  }

  /** The rooms of joins and leaves that wait. */
  rooms() {
    return new Set([...this.#entries.values()].map(entry => entry.message.room).filter(room => room !== undefined));
  }

  connected() {
    this.#isOpen = true;
    this.#pump();
  }

  /** Everything unanswered is sent again on the next connection, but for volatile events. */
  disconnected() {
    this.#isOpen = false;
    this.#inFlight = 0;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    for (const entry of [...this.#entries.values()].filter(one => one.message.volatile)) {
      this.#reject(entry, new MessageQueueError("not_connected", "the connection was lost before the answer to the volatile event"));
    }

    this.#waiting = this.#inOrder();
  }

  /** Takes an answer of the server. Returns whether there was a request for it. */
  answer(reference, message) {
    const entry = this.#entries.get(reference);
    if (!entry) {
      return false;
    }

    this.#inFlight--;
    if (message.type === "error" && (message.code === "rate_limited" || message.code === "unavailable")) {
      this.#repeatLater(entry, message);
    } else if (message.type === "error") {
      this.#reject(entry, new MessageQueueError(message.code, message.message));
    } else {
      this.#refusals = 0;
      this.#limit = Math.min(MAX_IN_FLIGHT, this.#limit + 1);
      this.#remove(entry);
      entry.resolve(entry.message.to === undefined ? message.data : message.id);
      this.#client.tell("answered", { ...described(entry.message), id: message.id });
    }

    this.#pump();
    return true;
  }

  /** Takes no more requests. */
  end() {
    this.#isEnded = true;
    this.#settle();
  }

  /** Completes when everything is answered. */
  idle() {
    return new Promise(done => {
      this.#idle.push(done);
      this.#settle();
    });
  }

  /** Fails what is left. What is on disk stays there. */
  fail(error) {
    clearTimeout(this.#pause);
    for (const entry of [...this.#entries.values()]) {
      entry.key = undefined;
      this.#reject(entry, error);
    }
  }

  #enter(entry) {
    this.#entries.set(entry.message.id, entry);
    this.#bytes += entry.text.length;
  }

  #inOrder() {
    return [...this.#entries.values()].sort((one, other) => one.order - other.order);
  }

  #keep(entry) {
    if (this.#store && entry.message.type === "emit" && !entry.message.volatile) {
      entry.key = this.#store.put({ message: entry.message, madeAt: entry.madeAt });
      entry.key.catch(error => this.#client.tell(
        "error", new MessageQueueError("store_failed", `an emit could not be kept on disk: ${error?.message ?? error}`)));
    }
  }

  #pump() {
    while (this.#isOpen && this.#pause === undefined && this.#waiting.length > 0 && this.#inFlight < this.#limit) {
      const entry = this.#waiting.shift();
      const text = entry.outgoing();
      if (this.#client.tooLarge(text)) {
        this.#reject(entry, new MessageQueueError("too_large", "the message is larger than the server's maxBytes"));
      } else if (this.#client.send(text)) {
        this.#inFlight++;
      } else {
        this.#waiting.unshift(entry);
        return;
      }
    }
  }

  #repeatLater(entry, { code }) {
    this.#waiting.push(entry);
    this.#waiting.sort((one, other) => one.order - other.order);
    this.#limit = 1;
    if (this.#pause === undefined) {
      const delay = jittered(++this.#refusals, this.#client.firstDelay, this.#client.maxDelay);
      this.#client.tell("repeating", { code, delay, ...described(entry.message) });
      this.#pause = setTimeout(() => {
        this.#pause = undefined;
        this.#pump();
      }, delay);
    }
  }

  #reject(entry, error) {
    this.#remove(entry);
    entry.reject(error);
    this.#client.tell("refused", { error, ...described(entry.message) });
  }

  #remove(entry) {
    this.#entries.delete(entry.message.id);
    this.#bytes -= entry.text.length;
    entry.key?.then(key => this.#store.remove(key)).catch(() => {}); // It would be sent once more, and recognised as a repeat.
    this.#client.changed();
    this.#settle();
  }

  #settle() {
    if (this.#entries.size === 0) {
      this.#idle.splice(0).forEach(done => done());
    }
  }
}

/** A request, with its message as it was when it was made. */
class Entry {
  key; // Where the store on disk has it: a promise, or undefined.

  constructor(order, message, madeAt) {
    this.order = order;
    this.message = message;
    this.madeAt = madeAt;
    this.text = JSON.stringify({ ...message, ttl: undefined });
    this.promise = settled(new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    }));
  }

  /** The text to send now. The time of `ttl` runs while the request waits here, too. */
  outgoing() {
    const { ttl } = this.message;
    return ttl === undefined ? this.text : `${this.text.slice(0, -1)},"ttl":${Math.max(1, ttl - (Date.now() - this.madeAt))}}`;
  }
}

// What observers are told of a request.
function described({ type, id, event, data, to, room }) {
  return { type, ref: id, event, data, to, room };
}

/** What survives a reload of the page: the session's name, the log, and the numbers that were handled and may come again. */
class Memory {
  #storage;
  #key;
  #content;
  #marked = 0;

  constructor(storage, key) {
    this.#storage = storage === undefined ? sessionStorageOrNull() : storage;
    this.#key = key;
    this.#content = { last: 0, handled: [], box: randomText() };
    try {
      Object.assign(this.#content, JSON.parse(this.#storage?.getItem(key) ?? "{}"));
    } catch {
      // Somebody else's text.
    }
  }

  get isKept() {
    return this.#storage !== null;
  }

  get session() {
    return this.#content.session;
  }

  get log() {
    return this.#content.log;
  }

  /** The largest number that was handled. */
  get last() {
    return this.#content.last;
  }

  get handled() {
    return this.#content.handled;
  }

  /** The name of the page's part of the outbox on disk. */
  get box() {
    return this.#content.box;
  }

  /** How many handled numbers the server may not have been told yet. */
  get unconfirmed() {
    return this.isKept ? this.#content.handled.length : 0;
  }

  remember(number) {
    this.#content.last = Math.max(this.#content.last, number);
    if (this.isKept) {
      this.#content.handled.push(number);
      this.#write();
    }
  }

  /** All but the newest numbers have been acknowledged. */
  mark(unacknowledged) {
    this.#marked = Math.max(0, this.#content.handled.length - unacknowledged);
  }

  /** The server has the acknowledgements that were sent before the mark. */
  confirm() {
    if (this.#marked > 0) {
      this.#content.handled.splice(0, this.#marked);
      this.#marked = 0;
      this.#write();
    }
  }

  forgetAfter(number) {
    this.#content.last = Math.min(this.#content.last, number);
    this.#content.handled = this.#content.handled.filter(one => one <= number);
    this.#marked = 0;
    this.#write();
  }

  save(changes) {
    Object.assign(this.#content, changes);
    this.#write();
  }

  clear() {
    this.#content = { last: 0, handled: [], box: randomText() };
    this.#marked = 0;
    this.#write();
  }

  #write() {
    try {
      this.#storage?.setItem(this.#key, JSON.stringify(this.#content));
    } catch {
      // Full or forbidden: a reload then begins a new session.
    }
  }
}

/**
 * Keeps the outbox in IndexedDB. A store of your own has the same three methods: `load(box)` returns what is kept, in order, as
 * `{ key, record }`; `put(box, record)` keeps a record, which JSON can hold, and returns its key; `remove(key)` forgets it. All are
 * asynchronous. With `boxes()`, the names of all boxes, and `move(from, to)`, a tab takes over what closed tabs have left.
 */
export function indexedDBOutbox(name = "messagequeue") {
  const database = new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("outbox", { autoIncrement: true }).createIndex("box", "box");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  database.catch(() => {}); // Every use fails with it.
  // Completes when the transaction is on disk.
  const run = async (mode, work) => {
    const transaction = (await database).transaction("outbox", mode, { durability: "strict" });
    const request = work(transaction.objectStore("outbox"));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
    return request.result;
  };
  const forEach = (request, visit) => {
    request.onsuccess = () => {
      if (request.result) {
        visit(request.result);
        request.result.continue();
      }
    };
    return request;
  };
  return {
    load: async box => {
      const found = [];
      await run("readonly", store => forEach(store.index("box").openCursor(IDBKeyRange.only(box)), cursor => {
        found.push({ key: cursor.primaryKey, record: JSON.parse(cursor.value.text) });
      }));
      return found;
    },
    put: (box, record) => run("readwrite", store => store.add({ box, text: JSON.stringify(record) })),
    remove: key => run("readwrite", store => store.delete(key)),
    boxes: async () => {
      const found = [];
      await run("readonly", store => forEach(store.index("box").openKeyCursor(null, "nextunique"), cursor => found.push(cursor.key)));
      return found;
    },
    move: (from, to) => run("readwrite", store => forEach(store.index("box").openCursor(IDBKeyRange.only(from)), cursor => {
      store.add({ ...cursor.value, box: to });
      cursor.delete();
    })),
  };
}

// The address of the server: by default where this file was loaded from.
function absolute(url = new URL(".", import.meta.url)) {
  const result = new URL(url, globalThis.location?.href);
  result.protocol = { "http:": "ws:", "https:": "wss:" }[result.protocol] ?? result.protocol;
  if (result.protocol !== "ws:" && result.protocol !== "wss:") {
    throw new TypeError(`${result.href} is not the address of a server: it has to begin with http, https, ws or wss`);
  }

  result.hash = "";
  return result.href;
}

// Full jitter: clients that were cut off together do not come back together.
function jittered(failures, first, max) {
  return Math.random() * Math.min(max, first * 2 ** Math.min(failures - 1, 30));
}

function randomText() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map(byte => byte.toString(16).padStart(2, "0")).join("");
}

function sessionStorageOrNull() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null; // Forbidden by the browser's settings.
  }
}

function remember(map, key, value, max) {
  map.set(key, value);
  if (map.size > max) {
    map.delete(map.keys().next().value);
  }
}

// A failure is told by `refused` too, so nobody has to await the promise.
function settled(promise) {
  promise.catch(() => {});
  return promise;
}

// Takes a lock that all tabs share. Returns a function that releases it, or null if it is taken, and stays so while this waits.
function hold(name, patience = 0) {
  const locks = globalThis.navigator?.locks;
  if (!locks) {
    return Promise.resolve(() => {});
  }

  const options = patience > 0 ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
  return new Promise(held => {
    locks.request(name, options, lock => lock && new Promise(release => held(release))).catch(() => {}).finally(() => held(null));
  });
}

function within(milliseconds, promise) {
  let timer;
  const limit = new Promise(done => {
    timer = setTimeout(done, milliseconds);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
