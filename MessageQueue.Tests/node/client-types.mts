// Compiled by a test against messagequeue.d.ts: what has to be accepted, and what has to be refused.
import { connect, indexedDBOutbox, MessageQueueError } from "../../clients/js/messagequeue.js";
import type { OutboxStore, State } from "../../clients/js/messagequeue.js";

interface ServerEvents {
  chat: (text: string) => void;
  ask: (question: { text: string }) => boolean;
}

interface OwnEvents {
  chat: (text: string) => void;
  double: (value: number) => number;
  refresh: () => void;
}

const store: OutboxStore = indexedDBOutbox("mine");
const client = connect<ServerEvents, OwnEvents>("/", { session: "ann", token: async () => "t", rooms: ["lobby"], outbox: store });

const undo: () => void = client.on("chat", (text, event) => {
  const upper: string = text.toUpperCase();
  const number: number | undefined = event.id;
  console.log(upper, number, event.from);
});
client.once("chat", async text => console.log(text.length));
client.on("ask", question => question.text.length > 0);
client.on("ask", async question => question.text.length > 0);
client.onAny((name, data) => console.log(name, data));
const number: Promise<number> = client.emit("chat", "hello", { to: "lobby", ttl: 1_000 });
const answer: Promise<number> = client.emit("double", 21);
const nothing: Promise<undefined> = client.emit("chat", "now", { to: ["a", "b"], volatile: true });
client.emit("refresh");
client.observe("state", state => state.status === "waiting" && new Date(state.until));
client.observe("refused", ({ error, event }) => error instanceof MessageQueueError && console.log(error.code, event));
const unwatch: () => void = client.presence<{ name: string }>("lobby", ({ members, count, ended }, { joined, left }) => {
  const names: (string | undefined)[] = members.map(member => member.data?.name);
  console.log(names, count, ended, joined.length, left.join());
});
client.show({ name: "Ann" });
client.disconnect();
const alias: string | undefined = client.alias;
const state: State = client.state;

// @ts-expect-error There is no such event.
client.on("chta", () => {});
// @ts-expect-error Its data is a string.
client.on("chat", (text: number) => text);
// @ts-expect-error The answer is a boolean.
client.on("ask", () => "yes");
// @ts-expect-error Its data is a string.
client.emit("chat", 1, { to: "lobby" });
// @ts-expect-error There is nothing of this name to observe.
client.observe("closed", () => {});
// @ts-expect-error Only waiting states have a time.
client.observe("state", current => current.until);
// @ts-expect-error The names of options are checked.
connect("/", { rooom: ["lobby"] });

const untyped = connect();
untyped.on("anything", data => data.whatever);
untyped.emit("anything", { a: 1 }, { to: "*" });
await Promise.all([number, answer, nothing, client.join("a"), client.leave("a"), client.close({ timeout: 100 })]);
console.log(undo, unwatch, alias, state);
