/** What the page shows. Text from others is only ever text, never HTML. */

const $ = id => document.getElementById(id);
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const exactTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", month: "long", day: "numeric" });
const names = new Intl.ListFormat(undefined, { type: "conjunction" });

const MAX_SHOWN_PEOPLE = 200;

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") {
      made.setAttribute(name, value);
    } else {
      made[name] = value;
    }
  }

  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString()} ${number === 1 ? one : many}`;

// A colour of its own for each session, from its name.
function tint(node, session) {
  let hash = 7;
  for (const character of session) {
    hash = (Math.imul(hash, 31) + character.codePointAt(0)) >>> 0;
  }

  node.style.setProperty("--hue", (hash % 24) * 15);
  return node;
}

const avatar = (session, name) =>
  tint(element("span", { className: "avatar", "aria-hidden": "true" }, ([...name.trim()][0] ?? "?").toUpperCase()), session);

/** The list of rooms. */
export function showRooms(conversations, current, choose) {
  const list = $("rooms");
  const shown = JSON.stringify([current, ...conversations.map(({ room, unread }) => [room, unread])]);
  if (list.dataset.shown === shown) {
    return; // So that the keyboard's place in the list is not lost for nothing.
  }

  list.dataset.shown = shown;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.room : undefined;
  list.replaceChildren(...conversations.map(({ room, title, unread }) => {
    const button = element("button", { type: "button", onclick: () => choose(room) },
      element("span", { className: "name" }, title),
      unread > 0 ? element("span", { className: "badge" }, String(unread), element("span", { className: "unseen" }, " unread")) : null);
    button.dataset.room = room;
    if (room === current) {
      button.setAttribute("aria-current", "true");
    }

    return element("li", {}, button);
  }));
  const elsewhere = conversations.reduce((sum, { room, unread }) => sum + (room === current ? 0 : unread), 0);
  $("elsewhere").hidden = elsewhere === 0;
  $("elsewhere").textContent = String(elsewhere);
  $("open-rooms").setAttribute("aria-label", elsewhere > 0 ? `Rooms, ${elsewhere} unread` : "Rooms");
  list.querySelector(`[data-room="${CSS.escape(focused ?? "")}"]`)?.focus();
}

let shownPeople = [];

/** Who is in the room. */
export function showPeople(presence, own, isCurrent) {
  const parameters = [presence, own, isCurrent];
  if (parameters.every((value, index) => value === shownPeople[index])) {
    return;
  }

  shownPeople = parameters;
  const { count: number, members = [], many, ended, error } = presence;
  const title = ended ? "Not in this room" : `Here now: ${number.toLocaleString()}`;
  $("people-title").textContent = title;
  $("people-number").textContent = `${number.toLocaleString()} here`;
  $("open-people").setAttribute("aria-label", `Who is here: ${number}`);
  $("people-panel").classList.toggle("stale", !isCurrent);
  const named = members.map(({ session, data }) => ({ session, name: shownName(data, session) }))
    .sort((one, other) => (other.session === own) - (one.session === own) || one.name.localeCompare(other.name));
  const rows = named.slice(0, MAX_SHOWN_PEOPLE).map(({ session, name }) => element("li", {},
    avatar(session, name), element("span", { className: "name", title: session }, name),
    session === own ? element("span", { className: "muted" }, "you") : null));
  const notes = [
    named.length > rows.length && `and ${named.length - rows.length} more`,
    many && "There are so many that they are only counted.",
    error && `Who is here is not told: ${error.message}`,
    !isCurrent && "As it was before the connection was lost.",
  ].filter(Boolean).map(text => element("li", { className: "muted" }, text));
  $("people").replaceChildren(...rows, ...notes);
}

/** The name that a session shows of itself; nobody has checked it. */
export const shownName = (data, session) =>
  (typeof data?.name === "string" && data.name.trim().slice(0, 40)) || (session.length > 24 ? `${session.slice(0, 23)}…` : session);

/** The open conversation. Keeps one element for each message. */
export class MessageList {
  #list = $("messages");
  #scroller = $("scroller");
  #elements = new Map();
  #actions;
  #isAtEnd = true;
  #size = "";
  #isConnected = false;
  #arranging;

  constructor(actions) {
    this.#actions = actions;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // The keyboard of a phone, lines in the message field, and who has seen a message change heights.
    const observer = new ResizeObserver(() => this.#isAtEnd && this.toEnd());
    observer.observe(this.#scroller);
    observer.observe(this.#list);
    $("newest").addEventListener("click", () => this.toEnd());
  }

  get isAtEnd() {
    return this.#isAtEnd;
  }

  toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#measure();
  }

  // Where somebody has scrolled to. What is moved by another size, such as that of a turned phone, stays at the end.
  #scrolled() {
    const wasAtEnd = this.#isAtEnd;
    if (this.#measure() && wasAtEnd) {
      this.toEnd();
    }
  }

  // Returns whether the size is another than last time.
  #measure() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const size = `${scrollHeight} ${clientHeight}`;
    const isOther = size !== this.#size;
    this.#size = size;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < 60;
    $("newest").hidden = this.#isAtEnd;
    return isOther;
  }

  /** Shows a conversation from its beginning. */
  open(messages, divider) {
    this.#elements.clear();
    this.#list.replaceChildren();
    messages.forEach(message => this.#list.append(this.#render(message)));
    this.arrange(messages, divider);
    this.toEnd();
    this.toDivider();
  }

  /** Shows from where on messages came while this page was away. */
  toDivider() {
    const divider = this.#list.querySelector(".divider.away");
    if (divider) {
      this.#scroller.scrollTop += divider.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top - 8;
      this.#measure();
    }
  }

  /** Shows a message that is new, or has changed. */
  put(message, messages, divider) {
    const old = this.#elements.get(message.id);
    const made = this.#render(message);
    old?.replaceWith(made);
    const next = messages[messages.indexOf(message) + 1];
    this.#list.insertBefore(made, this.#elements.get(next?.id) ?? null);
    this.#isAtEnd ||= message.isOwn && !old;
    // Once for all that come together.
    clearTimeout(this.#arranging);
    this.#arranging = setTimeout(() => {
      this.arrange(messages, divider);
      if (this.#isAtEnd) {
        this.toEnd();
      } else {
        $("newest").hidden = false;
      }
    });
  }

  delete(message) {
    this.#elements.get(message.id)?.remove();
    this.#elements.delete(message.id);
  }

  /** Puts in what stands between messages: the days, and where those begin that came while this page was away. */
  arrange(messages, divider) {
    clearTimeout(this.#arranging);
    this.#list.querySelectorAll(".divider").forEach(node => node.remove());
    $("empty").hidden = messages.length > 0;
    let before;
    for (const message of messages) {
      const shown = this.#elements.get(message.id);
      const isNewDay = !before || new Date(before.time).toDateString() !== new Date(message.time).toDateString();
      const isDivided = divider?.before === message.id;
      if (isNewDay) {
        shown.before(element("li", { className: "divider day" }, element("span", {}, day.format(message.time))));
      }

      if (isDivided) {
        const text = `${count(divider.count, "message")} while you were away`;
        shown.before(element("li", { className: "divider away" }, element("span", {}, text)));
      }

      const follows = !isNewDay && !isDivided && before && !before.notice && before.from === message.from && before.name === message.name
        && message.time - before.time < 300_000;
      shown.classList.toggle("follows", Boolean(follows));
      before = message;
    }
  }

  /** Whether what is not stored yet is on its way. */
  set isConnected(value) {
    if (value !== this.#isConnected) {
      this.#isConnected = value;
      this.#list.querySelectorAll(".state[data-state=sending]").forEach(state => {
        state.firstChild.textContent = stateText({ state: "sending" }, value);
      });
    }
  }

  /** Writes the state of a message anew, such as who has seen it. */
  refresh(message) {
    const state = this.#elements.get(message.id)?.querySelector(".state");
    if (state) {
      this.#writeState(state, message);
    }
  }

  // Who has seen several messages in a row is written below the last one. Those who hear the page are told with each.
  #writeState(state, message) {
    const words = element("span", { className: message.isRepeated ? "unseen" : "" }, stateText(message, this.#isConnected));
    state.replaceChildren(words);
    state.title = words.textContent;
    state.dataset.state = message.seenBy?.length > 0 ? "seen" : message.state;
    return state;
  }

  #render(message) {
    const made = message.notice
      ? element("li", { className: "notice" }, message.text)
      : this.#renderMessage(message);
    this.#elements.set(message.id, made);
    return made;
  }

  #renderMessage(message) {
    const { isOwn, from = "", name, text, event, state, time: at } = message;
    const body = element("p", { className: event === "message" ? "text" : "text raw", dir: "auto" },
      event === "message" ? null : element("span", { className: "event" }, event),
      text);
    const meta = element("p", { className: "meta" },
      element("time", { dateTime: new Date(at).toISOString(), title: exactTime.format(at) }, time.format(at)));
    if (isOwn) {
      meta.append(" ", this.#writeState(element("span", { className: "state" }), message));
    }

    if (state === "refused") {
      meta.append(element("button", { type: "button", className: "small", onclick: () => this.#actions.again(message) }, "Send again"),
        element("button", { type: "button", className: "small", onclick: () => this.#actions.discard(message) }, "Discard"));
    }

    const who = element("p", { className: "who" }, element("strong", { title: from }, name),
      isOwn ? element("span", { className: "unseen" }, " (you)") : null);
    const item = element("li", { className: isOwn ? "message own" : "message" },
      isOwn ? null : avatar(from, name), element("div", { className: "bubble" }, who, body, meta));
    item.dataset.state = state ?? "";
    return item;
  }
}

function stateText({ state, reason, seenBy = [] }, isConnected) {
  switch (state) {
    case "sending":
      return isConnected ? "sending…" : "waits to be sent";
    case "refused":
      return `not sent: ${reason}`;
    default:
      return seenBy.length === 0 ? "stored"
        : seenBy.length <= 3 ? `seen by ${names.format(seenBy)}` : `seen by ${seenBy.slice(0, 2).join(", ")} and ${seenBy.length - 2} more`;
  }
}

/** The state of the connection, in one line, and what can be done about it. */
export class ConnectionBar {
  #timer;

  constructor(act) {
    $("connect").addEventListener("click", () => act());
  }

  show({ status, until, text, action, needsToken }) {
    $("connection").dataset.status = status;
    if ($("state").textContent !== text) {
      $("state").textContent = text;
    }

    $("connect").hidden = !action || needsToken;
    $("connect").textContent = action ?? "";
    $("token-form").hidden = !needsToken;
    clearInterval(this.#timer);
    $("next").hidden = until === undefined;
    if (until !== undefined) {
      const tick = () => {
        const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1_000));
        $("next").textContent = `Next attempt at ${exactTime.format(until)}${seconds > 0 ? `, in ${seconds} s` : ""}`;
      };
      tick();
      this.#timer = setInterval(tick, 1_000);
    }
  }
}

/** Says something to those who hear the page. */
export function announce(text) {
  const region = $("announce");
  region.append(element("p", {}, text));
  while (region.childElementCount > 5) {
    region.firstElementChild.remove();
  }
}

/** The rooms and the people are panels that slide in where there is no place for columns. */
export function setUpPanels() {
  for (const name of ["rooms", "people"]) {
    const panel = $(`${name}-panel`);
    const opener = $(`open-${name}`);
    const set = isOpen => {
      panel.classList.toggle("open", isOpen);
      opener.setAttribute("aria-expanded", String(isOpen));
      $("conversation").inert = isOpen;
      (isOpen ? $(`close-${name}`) : opener).focus();
    };
    opener.addEventListener("click", () => set(true));
    $(`close-${name}`).addEventListener("click", () => set(false));
    panel.addEventListener("keydown", event => event.key === "Escape" && panel.classList.contains("open") && set(false));
    // A wide window has columns, and nothing to close.
    matchMedia(name === "rooms" ? "(width >= 48rem)" : "(width >= 68rem)").addEventListener("change", ({ matches }) => {
      if (matches && panel.classList.contains("open")) {
        set(false);
      }
    });
  }

  document.addEventListener("click", event => {
    const open = document.querySelector(".panel.open");
    if (open && !open.contains(event.target) && !event.target.closest("[aria-controls]")) {
      closePanels();
    }
  });
}

export function closePanels() {
  for (const name of ["rooms", "people"]) {
    if ($(`${name}-panel`).classList.contains("open")) {
      $(`close-${name}`).click();
    }
  }
}
