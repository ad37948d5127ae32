// Hosts real clients of socket.io-client for the tests. Reads one command per line of standard input, a JSON object with
// "do" and mostly "client", and writes what happens to each client as one JSON object per line, with "is" and "client".
// Bytes are {"$binary":"BASE64"} in both directions.
'use strict';

const { io } = require('socket.io-client');

const sockets = new Map();
const questions = new Map();
let asked = 0;

const tell = line => process.stdout.write(JSON.stringify(line) + '\n');

function toWire(value) {
  if (Buffer.isBuffer(value) || value instanceof Uint8Array || value instanceof ArrayBuffer) {
    return { $binary: Buffer.from(value).toString('base64') };
  }

  if (Array.isArray(value)) {
    return value.map(toWire);
  }

  return value !== null && typeof value === 'object' ? mapFields(value, toWire) : value;
}

function fromWire(value) {
  if (Array.isArray(value)) {
    return value.map(fromWire);
  }

  if (value === null || typeof value !== 'object') {
    return value;
  }

  return typeof value.$binary === 'string' ? Buffer.from(value.$binary, 'base64') : mapFields(value, fromWire);
}

const mapFields = (value, map) => Object.fromEntries(Object.entries(value).map(([name, field]) => [name, map(field)]));

function listen(client, socket) {
  socket.on('connect', () => tell({ client, is: 'connect', id: socket.id, recovered: !!socket.recovered, pid: socket._pid }));
  socket.on('disconnect', reason => tell({ client, is: 'disconnect', reason }));
  socket.on('connect_error', error => tell({ client, is: 'connect_error', message: error.message, data: error.data }));
  socket.onAny((event, ...args) => {
    const line = { client, is: 'event', event };
    if (typeof args.at(-1) === 'function') {
      questions.set(line.question = ++asked, args.pop());
    }

    tell({ ...line, args: args.map(toWire) });
  });
  // One engine per connection; clients with the same manager share it.
  socket.io.on('open', () => {
    const engine = socket.io.engine;
    tell({ client, is: 'open', transport: engine.transport.name });
    engine.on('upgrade', transport => tell({ client, is: 'upgrade', transport: transport.name }));
    engine.on('packet', packet => packet.type === 'ping' && tell({ client, is: 'ping' }));
  });
}

const commands = {
  // "pid" and "offset": as if this page had been connected before. "with": the client whose connection is to be shared.
  connect({ client, url, options, auth, pid, offset, with: other, namespace }) {
    const socket = other === undefined
      ? io(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 200, auth, ...options })
      : sockets.get(other).io.socket(namespace, { auth });
    Object.assign(socket, pid === undefined ? {} : { _pid: pid, _lastOffset: offset });
    sockets.set(client, socket);
    listen(client, socket);
  },

  // With "ack", the answer is told under that number; with "timeout", so is that none came.
  emit({ client, event, args = [], ack, timeout, isVolatile }) {
    let socket = sockets.get(client);
    socket = isVolatile ? socket.volatile : socket;
    socket = timeout === undefined ? socket : socket.timeout(timeout);
    const values = args.map(fromWire);
    if (ack === undefined) {
      socket.emit(event, ...values);
      return;
    }

    const answer = (...answers) => tell({ client, is: 'ack', ack, args: answers.map(toWire) });
    const failure = error => tell({ client, is: 'ack', ack, error: error.message });
    const withError = timeout !== undefined || sockets.get(client).io.opts.retries > 0 || sockets.get(client).io.opts.ackTimeout > 0;
    socket.emit(event, ...values, withError ? (error, ...answers) => error ? failure(error) : answer(...answers) : answer);
  },

  // Answers an event that came with a question.
  answer({ question, args }) {
    questions.get(question)(...args.map(fromWire));
    questions.delete(question);
  },

  echo: ({ client }) => tell({ client, is: 'echo' }),

  disconnect: ({ client }) => sockets.get(client).disconnect(),

  reconnect: ({ client }) => sockets.get(client).connect(),

  // Ends the connection below Socket.IO without a word to the server, as a network does. The client then reconnects by itself.
  cut({ client }) {
    const { engine } = sockets.get(client).io;
    const { transport } = engine;
    transport.readyState = 'closed';
    transport.ws?._socket?.destroy();
    transport.pollXhr?.abort();
    engine._onClose('transport error');
  },

  exit: () => process.exit(0),
};

require('node:readline').createInterface({ input: process.stdin })
  .on('line', line => {
    const command = JSON.parse(line);
    commands[command.do](command);
  })
  .on('close', () => process.exit(0));
