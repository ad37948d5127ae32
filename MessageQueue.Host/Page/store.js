/**
 * What the page keeps in this browser: the name, its sessions, and for each session and namespace the rooms and the newest messages. An
 * event is kept here before it is acknowledged, so that it is nowhere less than once. Everything is bounded.
 */

const PREFIX = `messagequeue-chat ${new URL("../", import.meta.url).pathname}`;
const MAX_SESSIONS = 8;
const MAX_NAMESPACES = 20;

/** How many messages of a room are kept and shown. */
export const MAX_MESSAGES = 300;

const read = (name, otherwise) => {
  try {
    return JSON.parse(localStorage.getItem(`${PREFIX} ${name}`)) ?? otherwise;
  } catch {
    return otherwise; // Forbidden, or somebody else's text.
  }
};

const write = (name, value) => {
  try {
    localStorage.setItem(`${PREFIX} ${name}`, JSON.stringify(value));
    return true;
  } catch {
    return false; // Full or forbidden: the page works on, and forgets more in a reload.
  }
};

const remove = name => {
  try {
    localStorage.removeItem(`${PREFIX} ${name}`);
  } catch {
    // As above.
  }
};

const keys = beginning => {
  try {
    return Object.keys(localStorage).filter(key => key.startsWith(`${PREFIX} ${beginning}`)).map(key => key.slice(PREFIX.length + 1));
  } catch {
    return [];
  }
};

/** Settings of this browser, such as the name, and of this tab. */
export const settings = {
  get name() {
    return read("name", "");
  },
  set name(value) {
    write("name", value);
  },
  get namespaces() {
    return read("namespaces", ["/"]);
  },
  addNamespace(namespace) {
    write("namespaces", [namespace, ...this.namespaces.filter(other => other !== namespace)].slice(0, MAX_NAMESPACES));
  },
  tab: {
    get: name => {
      try {
        return sessionStorage.getItem(`${PREFIX} ${name}`) ?? "";
      } catch {
        return "";
      }
    },
    set: (name, value) => {
      try {
        sessionStorage.setItem(`${PREFIX} ${name}`, value);
      } catch {
        // Forbidden.
      }
    },
  },
};

export const random = () =>
  [...crypto.getRandomValues(new Uint8Array(12))].map(byte => byte.toString(16).padStart(2, "0")).join("");

/**
 * Returns the session of this tab. Each tab has its own, because a session has one connection. A reload goes on with the same, and a new
 * tab goes on with one that a closed tab has left. Locks tell which are in use; where there are none (pages without https), only a reload
 * goes on.
 */
export async function ownSession() {
  const own = settings.tab.get("session");
  const all = read("sessions", []);
  let session = own;
  if (navigator.locks) {
    // A page that is being replaced by this one releases its lock a moment later.
    session = own && (await hold(own, 500)) ? own : await firstFree(all.filter(other => other !== own));
  }

  session ||= `page-${random()}`;
  await hold(session, 0);
  settings.tab.set("session", session);
  const kept = [session, ...all.filter(other => other !== session)];
  write("sessions", kept.slice(0, MAX_SESSIONS));
  kept.slice(MAX_SESSIONS).forEach(other => keys(`${other} `).forEach(remove));
  return session;
}

/** Lets the next load of this tab begin with a session of its own. */
export const forgetSession = () => settings.tab.set("session", "");

async function firstFree(sessions) {
  for (const session of sessions) {
    if (await hold(session, 0)) {
      return session;
    }
  }

  return "";
}

const held = new Set();

// Takes a lock for as long as this page lives.
function hold(session, patience) {
  if (!navigator.locks || held.has(session)) {
    return true;
  }

  const options = patience > 0 ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
  return new Promise(done => navigator.locks.request(`${PREFIX} ${session}`, options, lock => {
    if (lock) {
      held.add(session);
    }

    done(lock !== null);
    return lock && new Promise(() => {});
  }).catch(() => done(false)));
}

/** What is kept of one namespace for one session. */
export class Kept {
  #name;
  #info;

  constructor(session, namespace) {
    this.#name = `${session} ${encodeURIComponent(namespace)}`;
    this.#info = { rooms: ["lobby"], room: "lobby", read: {}, seen: {}, ...read(`${this.#name} info`, {}) };
  }

  /** The rooms, the open one, the newest message that was read in each, who has seen what, and the server's log. */
  get info() {
    return this.#info;
  }

  save(changes) {
    Object.assign(this.#info, changes);
    write(`${this.#name} info`, this.#info);
  }

  /** All messages that are kept, in no order. */
  messages() {
    return keys(`${this.#name} message `).map(key => read(key, null)).filter(message => message !== null);
  }

  /** Keeps a message. Returns whether there is room for it. */
  put(message) {
    return write(`${this.#name} message ${message.id}`, message);
  }

  delete(message) {
    remove(`${this.#name} message ${message.id}`);
  }
}
