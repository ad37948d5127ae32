// The Socket.IO server of the comparison: node server.js PORT [recovery]
const { Server } = require("socket.io");

const io = new Server(Number(process.argv[2]), {
  transports: ["websocket"],
  // Keeps events in memory for clients that are away. Only the backlog needs it; it costs the other workloads.
  connectionStateRecovery: process.argv[3] === "recovery" ? { maxDisconnectionDuration: 600_000 } : undefined,
});

io.on("connection", (socket) => {
  socket.on("join", (room, answer) => {
    socket.join(room);
    answer();
  });
  socket.on("publish", (room, data, answer) => {
    io.to(room).emit("e", data);
    answer();
  });
});
