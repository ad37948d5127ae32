// Runs the hook of docs/clients.md in React's StrictMode, and prints what it does as lines of JSON. The test has made a file of the hook.
import { createElement, StrictMode } from "react";
import { act, create } from "react-test-renderer";
import { WebSocket } from "ws";

const print = line => process.stdout.write(JSON.stringify(line) + "\n");

let sockets = 0;
globalThis.WebSocket = class extends WebSocket {
  constructor(...parameters) {
    super(...parameters);
    sockets++;
    this.addEventListener("close", () => print({ sockets: --sockets }));
    this.addEventListener("open", () => print({ sockets }));
  }
};
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

const [, , hook, url] = process.argv;
const { useMessageQueue } = await import(hook);
let emit;

function Chat({ prefix }) {
  const { client, state } = useMessageQueue(url, {
    session: "alice",
    rooms: ["lobby"],
    on: { chat: text => print({ handled: prefix + text }) },
  });
  emit = () => client.emit("chat", "from the page", { to: "lobby" });
  print({ rendered: state.status });
  return createElement("p", null, state.status);
}

const page = prefix => createElement(StrictMode, null, createElement(Chat, { prefix }));
let root;
await act(async () => {
  root = create(page("first "));
});
process.stdin.setEncoding("utf8");
for await (const command of process.stdin) {
  if (command.startsWith("emit")) {
    await emit();
  } else if (command.startsWith("update")) {
    await act(async () => root.update(page("second ")));
    print({ updated: true });
  } else {
    await act(async () => root.unmount());
    print({ unmounted: true });
  }
}
