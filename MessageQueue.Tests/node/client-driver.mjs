// Drives messagequeue.js for the tests: takes a command as a line of JSON on standard input, and prints what happens as lines of JSON.
import { createInterface } from "node:readline";
import { readFileSync, writeFileSync } from "node:fs";
import { WebSocket } from "ws";

const print = line => process.stdout.write(JSON.stringify({ ...line, at: Date.now() }) + "\n");

// Sockets that the client has opened and not closed.
let sockets = 0;
class CountedWebSocket extends WebSocket {
  constructor(...parameters) {
    super(...parameters);
    sockets++;
    this.addEventListener("close", () => sockets--);
    print({ opening: this.url });
  }

  send(text) {
    super.send(text);
    if (logsFrames) {
      print({ sent: JSON.parse(text) });
    }
  }
}

// An outbox on disk, in one file.
function fileOutbox(path) {
  const read = () => {
    try {
      return JSON.parse(readFileSync(path, "utf8"));
    } catch {
      return [];
    }
  };
  let last = read().at(-1)?.key ?? 0;
  const write = rows => writeFileSync(path, JSON.stringify(rows));
  return {
    load: async box => read().filter(row => row.box === box),
    put: async (box, record) => (write([...read(), { key: ++last, box, record }]), last),
    remove: async key => write(read().filter(row => row.key !== key)),
  };
}

const { connect } = await import(process.argv[2]);
let client;
let logsFrames = false;
let tokens = 0;
const gates = new Map();
const undos = new Map();
const failures = new Map();

const observed = ["state", "welcome", "counts", "gap", "takeover", "logchange", "refused", "repeating", "overflow", "unhandled", "error"];

const commands = {
  connect({ url, options = {}, tokenFails = 0, countsTokens, tokenList, outboxFile, random, frames, events = ["chat", "test"] }) {
    logsFrames = frames ?? false;
    if (random !== undefined) {
      Math.random = () => random;
    }

    if (countsTokens) {
      options.token = async () => {
        tokens++;
        print({ token: tokens });
        if (tokens <= tokenFails) {
          throw new Error("no token today");
        }

        return `t${tokens}`;
      };
    }

    // A function that returns these one after the other, and throws at null.
    if (tokenList) {
      options.token = () => tokenList.shift() ?? (() => { throw new Error("no token today"); })();
    }

    if (outboxFile) {
      options.outbox = fileOutbox(outboxFile);
    }

    client = connect(url, { ...options, WebSocket: CountedWebSocket });
    observed.forEach(name => client.observe(name, (detail, event) => print({
      told: name, detail: detail instanceof Error ? { message: detail.message, code: detail.code } : detail, event,
      error: detail?.error && { code: detail.error.code, message: detail.error.message },
    })));
    events.forEach(event => undos.set(event, client.on(event, handle)));
    print({ returned: client.state.status });
  },
  emit({ event = "chat", data, options, name = String(data) }) {
    client.emit(event, data, options).then(
      value => print({ emitted: name, value: value ?? null }),
      error => print({ emitted: name, failed: error.code, message: error.message }));
  },
  emitMany({ count, from = 0, options }) {
    for (let number = from; number < from + count; number++) {
      commands.emit({ data: number, options });
    }
  },
  // Emits numbers from 0 on, and never has more than some hundred unanswered.
  async soak({ count, to }) {
    for (let number = 0; number < count; number++) {
      const emitted = client.emit("chat", number, { to }).catch(error => print({ soakFailed: number, message: error.message }));
      if (number % 100 === 99) {
        await emitted;
      }
    }

    print({ soaked: count });
  },
  join: ({ room }) => client.join(room).then(() => print({ joined: room }), error => print({ joined: room, failed: error.code })),
  leave: ({ room }) => client.leave(room).then(() => print({ left: room }), error => print({ left: room, failed: error.code })),
  // Handlers of this data wait until they are released.
  hold: ({ data }) => gates.set(data, Promise.withResolvers?.() ?? resolvers()),
  release: ({ data }) => gates.get(data).resolve(),
  // Handlers of this data throw this many times.
  fail: ({ data, times }) => failures.set(data, times),
  off: ({ event = "chat" }) => undos.get(event)(),
  once: ({ event }) => client.once(event, handle),
  watch: ({ room, name = room }) => undos.set(name, client.presence(room, (presence, change) => print({
    present: name, count: presence.count, members: presence.members.map(({ session, data }) => `${session}=${data ?? ""}`),
    many: presence.many, ended: presence.ended, failed: presence.error?.code,
    joined: change.joined.map(({ session }) => session), left: change.left,
  }))),
  show: ({ data }) => client.show(data),
  any: () => client.onAny((name, data) => print({ any: name, data })),
  status() {
    const { state, owed, unsent, session, alias, rooms } = client;
    print({ status: state, owed, unsent, session, alias, rooms, sockets });
  },
  disconnect: () => client.disconnect(),
  wake: () => client.connect(),
  online: () => globalThis.dispatchEvent(new Event("online")),
  close: ({ timeout }) => client.close({ timeout }).then(() => print({ closed: client.state })),
};

function resolvers() {
  const result = {};
  result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
  return result;
}

async function handle(data, event) {
  print({ begun: data, event });
  const key = typeof data === "object" ? JSON.stringify(data) : data;
  await gates.get(key)?.promise;
  if (failures.get(key) > 0) {
    failures.set(key, failures.get(key) - 1);
    throw new Error(`cannot handle ${key}`);
  }

  print({ handled: data, number: event.id ?? null });
  return event.reply ? { answer: data } : undefined;
}

// Node has no events of a page. These are enough for `online`.
const page = new EventTarget();
globalThis.addEventListener = page.addEventListener.bind(page);
globalThis.removeEventListener = page.removeEventListener.bind(page);
globalThis.dispatchEvent = page.dispatchEvent.bind(page);

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...parameters } = JSON.parse(line);
  commands[command](parameters);
}

process.exit(0);
