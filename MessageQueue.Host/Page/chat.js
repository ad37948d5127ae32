/**
 * A chat on MessageQueue, made of `messagequeue.js` and nothing else: read it as a sample. A message is an event `message` with
 * `{ text, name }` as its data, so every client of the server can take part. The page adds a `key`, by which it knows its own again.
 */
import { connect } from "../messagequeue.js";
import { forgetSession, Kept, MAX_MESSAGES, ownSession, random, settings } from "./store.js";
import { announce, closePanels, ConnectionBar, count, MessageList, setUpPanels, showPeople, shownName, showRooms } from "./view.js";

const $ = id => document.getElementById(id);
const BASE = new URL("../", import.meta.url);
const TITLE = document.title;

// In larger rooms nobody says what they have seen: that is a message from everybody to everybody.
const MAX_SEEN_MEMBERS = 50;
const MAX_SEEN_ROOMS = 8;
const MAX_SHOWN_BYTES = 500;
const SEEN_DELAY = 400;

const MAX_TEXT = 4_000;
const MAX_OTHER_CONVERSATIONS = 20;

const bytes = value => new TextEncoder().encode(JSON.stringify(value)).length;

/** One namespace, with its connection, while the page is in it. */
class Chat {
  #namespace;
  #kept;
  #client;
  #list;
  #bar;
  #conversations = new Map(); // Room → conversation.
  #room;
  #presence = { count: 0 };
  #unwatch = () => {};
  #isCatchingUp = false;
  #seenTimer;

  constructor(session, namespace, list, bar) {
    this.#namespace = namespace;
    this.#kept = new Kept(session, namespace);
    this.#list = list;
    this.#bar = bar;
    this.#kept.info.rooms.forEach(room => this.#conversation(room).isJoined = true);
    this.#load();
    this.#connect(session);
    this.open(this.#conversations.has(this.#kept.info.room) ? this.#kept.info.room : this.#firstRoom());
    this.#showState();
  }

  #connect(session) {
    const path = this.#namespace.split("/").map(encodeURIComponent).join("/");
    this.#client = connect(new URL(`.${path}`, BASE), {
      session,
      token: () => settings.tab.get("token") || undefined,
      outbox: "indexeddb",
    });
    this.#client.onAny((name, data, event) => this.#receive(name, data, event));
    this.#client.observe("state", () => this.#showState());
    this.#client.observe("counts", counts => this.#counted(counts));
    this.#client.observe("welcome", welcome => this.#welcome(welcome));
    this.#client.observe("answered", request => this.#answered(request));
    this.#client.observe("refused", request => this.#refused(request));
    this.#client.observe("gap", ({ count: number }) => this.#notice(
      `${number === undefined ? "Some messages are" : `${count(number, "message")} of this session ${number === 1 ? "is" : "are"}`} `
      + "gone: the server keeps events for a limited time."));
    this.#client.observe("error", error => this.#notice(`Something failed: ${error?.message ?? error}`));
    this.isOnline = settings.tab.get("offline") === "";
    this.#kept.info.rooms.forEach(room => this.#client.join(room));
    this.#show();
  }

  /** Leaves the namespace. The session stays in its rooms, so nothing is missed. */
  close() {
    this.#unwatch();
    clearTimeout(this.#seenTimer);
    const client = this.#client;
    this.#client = null;
    client.disconnect();
    client.close({ timeout: 0 });
  }

  get isOnline() {
    return settings.tab.get("offline") === "";
  }

  /** Offline, the connection is closed, and what is written waits in the outbox. */
  set isOnline(value) {
    settings.tab.set("offline", value ? "" : "yes");
    if (value) {
      this.#client.connect();
    } else {
      this.#client.disconnect();
    }

    this.#showState();
  }

  act() {
    const { state } = this.#client;
    if (state.code === 4001 && state.status === "closed" && !navigator.locks) {
      forgetSession();
      location.reload();
    } else {
      this.isOnline = true;
    }
  }

  useToken(token) {
    settings.tab.set("token", token);
    this.#client.connect();
  }

  /** A name is shown to others in the rooms, and stands on messages. */
  rename() {
    this.#show();
    this.#showPeople();
  }

  join(room) {
    const conversation = this.#conversation(room);
    if (!conversation.isJoined) {
      conversation.isJoined = true;
      this.#saveRooms();
      this.#client.join(room);
    }

    this.open(room);
  }

  leave() {
    const conversation = this.#conversations.get(this.#room);
    if (!conversation) {
      return;
    }

    if (conversation.isJoined) {
      this.#client.leave(conversation.room);
    }

    this.#forget(conversation);
  }

  open(room) {
    this.#unwatch();
    this.#room = room;
    this.#kept.save({ room });
    const conversation = this.#conversations.get(room);
    $("room").textContent = conversation ? conversation.title : "No room";
    $("where").textContent = `Namespace ${this.#namespace}`;
    $("leave").hidden = !conversation;
    $("leave").textContent = conversation ? `Leave ${conversation.title}` : "";
    $("composer").hidden = !conversation;
    $("empty").textContent = conversation ? "No messages yet. Write the first one." : "Join a room to begin.";
    this.#presence = { count: 0 };
    this.#list.open(conversation?.messages ?? [], conversation?.divider);
    this.#showPeople();
    this.#unwatch = conversation?.isJoined ? this.#client.presence(room, presence => this.#present(presence)) : () => {};
    this.#read();
  }

  send(text) {
    const room = this.#room;
    const message = {
      id: random(), room, event: "message", isOwn: true, from: this.#client.alias ?? "", name: settings.name, text, time: Date.now(),
      state: "sending",
    };
    this.#place(message);
    this.#emit(message);
  }

  again(message) {
    message.state = "sending";
    this.#keep(message);
    this.#emit(message);
  }

  discard(message) {
    const { messages } = this.#conversations.get(message.room);
    messages.splice(messages.indexOf(message), 1);
    this.#kept.delete(message);
    this.#list.delete(message);
    this.#list.arrange(messages);
  }

  /** The page is looked at again, or the conversation was scrolled. */
  looked() {
    this.#read();
  }

  // `answered` and `refused` tell what became of it, also after a reload.
  #emit({ id, room, text, name }) {
    this.#client.emit("message", { text, name, key: id }, { to: room, echo: false });
  }

  // The client acknowledges an event when this returns: then it is kept.
  #receive(name, data, event) {
    const { id: number, from, room: target = "*", time } = event;
    const room = target.startsWith("@") ? `@${from ?? "?"}` : target;
    const first = event.args ? data[0] : data;
    const isMessage = name === "message";
    const message = {
      id: number === undefined ? random() : `n${number}`,
      number,
      room,
      event: name,
      from,
      name: shownName(isMessage ? first : {}, from ?? "somebody"),
      text: textOf(isMessage ? first?.text ?? first : data),
      time,
    };
    const conversation = this.#conversation(room);
    if (conversation.messages.some(({ id }) => id === message.id)) {
      return; // Kept already, but the acknowledgement was lost together with the tab.
    }

    if (this.#isCatchingUp) {
      conversation.divider ??= { before: message.id, count: 0 };
      conversation.divider.count++;
    }

    this.#place(message);
    if (this.#isCatchingUp) {
      this.#showRooms();
      return;
    }

    this.#read();
    if (this.#isLookedAt(room)) {
      announce(`${message.name}: ${message.text.slice(0, 200)}`);
    }
  }

  #counted({ owed, unsent }) {
    if (this.#isCatchingUp && owed === 0) {
      this.#isCatchingUp = false;
      const missed = [...this.#conversations.values()].reduce((sum, { divider }) => sum + (divider?.count ?? 0), 0);
      announce(`${count(missed, "message")} while you were away`);
      this.open(this.#room);
    }

    if (unsent === 0 && this.#client?.state.status === "open") {
      this.#settleOld();
    }

    this.#showState();
  }

  #welcome({ resumed, pending, log, continues = [] }) {
    const { info } = this.#kept;
    if (info.log !== undefined && info.log !== log) {
      this.#changeLog(continues.find(other => other.log === info.log)?.upTo ?? 0);
    } else if (info.log !== undefined && !resumed) {
      this.#notice("The server has forgotten this session, so what was sent meanwhile is not here.");
    }

    this.#kept.save({ log });
    this.#isCatchingUp = pending > 0;
    if (this.#isCatchingUp) {
      for (const conversation of this.#conversations.values()) {
        conversation.divider = undefined;
      }
    }

    this.#show();
  }

  // The server has a restored log: what it had stored after the end of its backup is not there any more.
  #changeLog(upTo) {
    const lost = this.#messages().filter(({ number }) => number > upTo);
    for (const message of lost) {
      this.#kept.delete(message);
      Object.assign(message, { number: 0, id: random() });
      if (message.isOwn) {
        Object.assign(message, { state: "refused", reason: "the server was restored without it" });
      }

      this.#kept.put(message);
    }

    for (const [room, number] of Object.entries(this.#kept.info.read)) {
      this.#kept.info.read[room] = Math.min(number, upTo);
    }

    this.#kept.save({ seen: {} });
    const what = `${count(lost.length, "message")} here ${lost.length === 1 ? "is" : "are"}`;
    this.#notice(`The server was restored from a backup. ${what} not in it.`);
    this.open(this.#room);
  }

  // The outbox is empty. So what an earlier load of the page has written and was not told about did not get into it, or was on its way.
  #settleOld() {
    for (const message of this.#messages().filter(({ state, isOld }) => isOld && state === "sending")) {
      Object.assign(message, { state: "refused", reason: "the page was closed before it was certain" });
      this.#keep(message);
    }
  }

  #answered({ type, data, id }) {
    const message = type === "emit" && this.#own(data);
    if (message) {
      Object.assign(message, { state: "stored", number: id });
      this.#move(message);
    }
  }

  #refused({ type, data, room, error }) {
    if (error.code === "closed") {
      return; // The page leaves the namespace; what is in the outbox stays there.
    }

    const message = type === "emit" && this.#own(data);
    if (message) {
      Object.assign(message, { state: "refused", reason: error.message });
      this.#keep(message);
    } else if (type === "join") {
      this.#notice(`${room} cannot be joined: ${error.message}`);
      this.#forget(this.#conversation(room));
    }
  }

  #own(data) {
    return this.#messages().find(({ id, isOwn }) => isOwn && id === data?.key);
  }

  #present(presence) {
    this.#presence = presence;
    const seen = this.#kept.info.seen[this.#room] ?? {};
    const own = this.#client.alias;
    for (const { session, data } of presence.members.filter(member => member.session !== own)) {
      const number = data?.seen?.[this.#room];
      if (Number.isSafeInteger(number) && number > (seen[session]?.number ?? 0)) {
        seen[session] = { number, name: shownName(data, session) };
      }
    }

    const newest = Object.entries(seen).sort(([, one], [, other]) => other.number - one.number).slice(0, MAX_SEEN_MEMBERS);
    this.#kept.save({ seen: { ...this.#kept.info.seen, [this.#room]: Object.fromEntries(newest) } });
    this.#showSeen();
    this.#showPeople();
    this.#read();
  }

  #showSeen() {
    const seen = Object.values(this.#kept.info.seen[this.#room] ?? {});
    const own = this.#conversations.get(this.#room)?.messages.filter(({ isOwn, number }) => isOwn && number > 0) ?? [];
    let after;
    for (const message of own.reverse()) {
      message.seenBy = seen.filter(({ number }) => number >= message.number).map(({ name }) => name);
      message.isRepeated = after?.seenBy.join() === message.seenBy.join();
      this.#list.refresh(message);
      after = message;
    }
  }

  #showPeople() {
    showPeople(this.#presence, this.#client.alias, this.#client.state.status === "open");
  }

  // What this session shows of itself: its name, and up to which message it has seen its rooms. It has to be small.
  #shown() {
    const rooms = Object.entries(this.#kept.info.read)
      .filter(([room, number]) => number > 0 && this.#conversations.get(room)?.isJoined)
      .sort(([one], [other]) => (other === this.#room) - (one === this.#room))
      .slice(0, MAX_SEEN_ROOMS);
    let shown;
    do {
      shown = { name: settings.name, seen: Object.fromEntries(rooms) };
    } while (bytes(shown) > MAX_SHOWN_BYTES && rooms.pop());

    return shown;
  }

  #show() {
    clearTimeout(this.#seenTimer);
    this.#seenTimer = undefined;
    this.#client?.show(this.#shown());
  }

  #isLookedAt(room) {
    return room === this.#room && document.visibilityState === "visible";
  }

  // Everything in the open conversation is read, if somebody looks at it.
  #read() {
    const conversation = this.#conversations.get(this.#room);
    if (conversation && this.#isLookedAt(this.#room) && this.#list.isAtEnd) {
      const newest = conversation.messages.reduce((number, message) => Math.max(number, message.number ?? 0), 0);
      if (newest > (this.#kept.info.read[this.#room] ?? 0)) {
        this.#kept.save({ read: { ...this.#kept.info.read, [this.#room]: newest } });
        if (this.#presence.count <= MAX_SEEN_MEMBERS) {
          this.#seenTimer ??= setTimeout(() => this.#show(), SEEN_DELAY);
        }
      }
    }

    this.#showRooms();
  }

  #showRooms() {
    const conversations = [...this.#conversations.values()];
    for (const conversation of conversations) {
      const read = this.#kept.info.read[conversation.room] ?? 0;
      conversation.unread = conversation.messages.filter(({ isOwn, number }) => !isOwn && number > read).length;
    }

    showRooms(conversations, this.#room, room => {
      closePanels();
      this.open(room);
      $("text").focus();
    });
    const unread = conversations.reduce((sum, conversation) => sum + conversation.unread, 0);
    document.title = `${unread > 0 ? `(${unread}) ` : ""}${this.#conversations.get(this.#room)?.title ?? TITLE} · ${TITLE}`;
  }

  #showState() {
    if (!this.#client) {
      return;
    }

    const { state, owed } = this.#client;
    const unsent = this.#messages().filter(message => message.state === "sending").length;
    const waiting = unsent > 0 ? ` ${count(unsent, "message")} to send.` : "";
    const shown = { status: state.status, until: state.until };
    if (state.status === "open") {
      shown.text = owed > 0 ? `Connected. ${count(owed, "event")} to come.` : "Connected";
    } else if (state.status === "connecting") {
      shown.text = `Connecting…${waiting}`;
    } else if (state.status === "waiting") {
      const needsToken = state.code === 4003;
      Object.assign(shown, { text: `Not connected: ${state.reason}.${waiting}`, action: "Try now", needsToken });
    } else if (!this.isOnline) {
      Object.assign(shown, { status: "offline", text: "Offline. What you write is sent when you are back." });
    } else {
      shown.text = `Closed: ${state.reason}.${waiting}`;
      shown.needsToken = state.code === 1008;
      shown.action = state.code === 4001 && !navigator.locks ? "Begin a session of this tab" : "Connect again";
    }

    this.#bar.show(shown);
    this.#list.isConnected = state.status === "open";
    $("online").setAttribute("aria-checked", String(this.isOnline));
    this.#showPeople();
  }

  #conversation(room) {
    let conversation = this.#conversations.get(room);
    if (!conversation) {
      this.#dropOther();
      const title = room === "*" ? "Everybody" : room.startsWith("@") ? `From ${room.slice(1)}` : room;
      conversation = { room, title, messages: [], isJoined: false, unread: 0 };
      this.#conversations.set(room, conversation);
    }

    return conversation;
  }

  // Anybody can begin a conversation, so those that this session has not joined are bounded.
  #dropOther() {
    const others = [...this.#conversations.values()].filter(({ isJoined, room }) => !isJoined && room !== this.#room);
    if (others.length >= MAX_OTHER_CONVERSATIONS) {
      this.#forget(others[0]);
      this.#notice(`There are too many conversations: the one "${others[0].title}" was removed.`);
    }
  }

  #messages() {
    return [...this.#conversations.values()].flatMap(({ messages }) => messages);
  }

  #firstRoom() {
    return this.#conversations.keys().next().value;
  }

  #forget(conversation) {
    conversation.messages.forEach(message => this.#kept.delete(message));
    this.#conversations.delete(conversation.room);
    const { [conversation.room]: _, ...read } = this.#kept.info.read;
    const { [conversation.room]: __, ...seen } = this.#kept.info.seen;
    this.#kept.save({ read, seen });
    this.#saveRooms();
    if (conversation.room === this.#room) {
      this.open(this.#firstRoom());
    } else {
      this.#showRooms();
    }
  }

  #saveRooms() {
    this.#kept.save({ rooms: [...this.#conversations.values()].filter(({ isJoined }) => isJoined).map(({ room }) => room) });
  }

  #load() {
    const order = ({ number }) => number ?? Infinity;
    for (const message of this.#kept.messages().sort((one, other) => order(one) - order(other) || one.time - other.time)) {
      message.isOld = true;
      this.#conversation(message.room).messages.push(message);
    }
  }

  // Puts a message where its number belongs. What is not stored yet stands at the end.
  #place(message) {
    const { messages } = this.#conversation(message.room);
    const number = message.number ?? (message.isOwn ? Infinity : -1);
    let index = messages.length;
    while (index > 0 && (number < 0 ? messages[index - 1].state === "sending" : (messages[index - 1].number ?? Infinity) > number)) {
      index--;
    }

    messages.splice(index, 0, message);
    while (messages.length > MAX_MESSAGES) {
      const [oldest] = messages.splice(messages.findIndex(({ state }) => state !== "sending"), 1);
      this.#kept.delete(oldest);
      if (message.room === this.#room) {
        this.#list.delete(oldest);
      }
    }

    this.#keep(message);
  }

  #move(message) {
    const { messages } = this.#conversation(message.room);
    messages.splice(messages.indexOf(message), 1);
    this.#place(message);
    this.#showSeen();
    this.#read();
  }

  #keep(message) {
    if (message.number !== undefined || message.isOwn) {
      const { seenBy, isRepeated, isOld, ...kept } = message;
      if (!this.#kept.put(kept)) {
        this.#makeRoom();
        this.#kept.put(kept);
      }
    }

    if (message.room === this.#room) {
      const { messages, divider } = this.#conversation(message.room);
      this.#list.put(message, messages, divider);
    }
  }

  // The browser has no room: the older half of what is stored there goes. It stays on the page until a reload.
  #makeRoom() {
    const stored = this.#messages().filter(({ number }) => number !== undefined).sort((one, other) => one.number - other.number);
    stored.slice(0, Math.ceil(stored.length / 2)).forEach(message => this.#kept.delete(message));
  }

  // Says something about the conversation, in it.
  #notice(text) {
    const room = this.#room ?? this.#firstRoom();
    if (room !== undefined && this.#client) {
      this.#place({ id: random(), room, notice: true, text, time: Date.now() });
    }

    announce(text);
  }
}

// Text of any value: other clients may send something else, and much of it.
function textOf(value) {
  const text = typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${count(text.length - MAX_TEXT, "more character")})` : text;
}

const isRoom = room => room !== "*" && !room.startsWith("@");

async function start() {
  setUpPanels();
  const session = await ownSession();
  let chat;
  const list = new MessageList({ again: message => chat.again(message), discard: message => chat.discard(message) });
  const bar = new ConnectionBar(() => chat.act());
  const onSubmit = (form, work) => $(form).addEventListener("submit", event => {
    event.preventDefault();
    work();
  });
  const enter = namespace => {
    chat?.close();
    settings.addNamespace(namespace);
    settings.tab.set("namespace", namespace);
    $("namespace").value = namespace;
    $("namespaces").replaceChildren(...settings.namespaces.map(value => Object.assign(document.createElement("option"), { value })));
    chat = new Chat(session, namespace, list, bar);
  };
  const rename = name => {
    settings.name = name;
    $("name").value = name;
    chat.rename();
  };

  enter(settings.tab.get("namespace") || settings.namespaces[0]);
  $("name").value = settings.name;
  onSubmit("join", () => {
    const room = $("join-room").value.trim();
    $("join-room").setCustomValidity(isRoom(room) ? "" : "A room's name is not * and does not begin with @.");
    if (room !== "" && $("join-room").reportValidity()) {
      $("join-room").value = "";
      closePanels();
      chat.join(room);
      $("text").focus();
    }
  });
  $("join-room").addEventListener("input", () => $("join-room").setCustomValidity(""));
  onSubmit("enter", () => {
    closePanels();
    enter(`/${$("namespace").value.trim().replace(/^\/+|\/+$/g, "")}`);
    $("text").focus();
  });
  onSubmit("rename", () => {
    rename($("name").value.trim() || settings.name);
    closePanels();
    $("text").focus();
  });
  onSubmit("token-form", () => {
    chat.useToken($("token").value.trim());
    $("token").value = "";
  });
  $("leave").addEventListener("click", () => chat.leave());
  $("online").addEventListener("click", () => chat.isOnline = !chat.isOnline);

  const text = $("text");
  const fit = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
  };
  onSubmit("composer", () => {
    if (text.value.trim() !== "") {
      chat.send(text.value.trim());
      text.value = "";
      fit();
    }

    text.focus();
  });
  text.addEventListener("input", fit);
  text.addEventListener("keydown", event => {
    // While a text is being composed, as in Japanese, Enter ends that.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $("composer").requestSubmit();
    }
  });
  document.addEventListener("visibilitychange", () => chat.looked());
  $("scroller").addEventListener("scroll", () => chat.looked(), { passive: true });

  if (settings.name === "") {
    const dialog = $("hello");
    onSubmit("hello-form", () => dialog.close());
    dialog.addEventListener("close", () => {
      rename($("hello-name").value.trim() || `Guest ${session.slice(-3)}`);
      text.focus();
    });
    dialog.showModal();
  } else {
    text.focus();
  }
}

start();
