// The server that vidchat is measured against: the original's events (see
// PROTOCOL.md) on Node's socket.io. `node server.js <major version>` listens on
// 127.0.0.1:$PORT, by https with TLS_CERT and TLS_KEY. It logs nothing, and compresses nothing because the clients
// offer no compression.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";

const capacity = 2;

const versions = {
  2: async (http) => {
    const { default: io } = await import("socket.io-2");
    const server = io(http);
    return {
      server,
      seats: (room) => server.sockets.adapter.rooms[room]?.length ?? 0,
    };
  },
  4: async (http) => {
    const { Server } = await import("socket.io-4");
    const server = new Server(http, { allowEIO3: true });
    return {
      server,
      seats: (room) => server.sockets.adapter.rooms.get(room)?.size ?? 0,
    };
  },
};

const { TLS_CERT, TLS_KEY } = process.env;
const answer = (request, response) => response.writeHead(404).end();
const http = TLS_CERT
  ? createSecureServer(
      { cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) },
      answer,
    )
  : createServer(answer);
const { server, seats } = await versions[process.argv[2]](http);

server.on("connection", (socket) => {
  socket.on("create or join", (room) => {
    const taken = seats(room);
    if (taken === 0) {
      socket.join(room);
      socket.emit("created", room, socket.id);
    } else if (taken < capacity) {
      server.to(room).emit("join", room);
      socket.join(room);
      socket.emit("joined", room, socket.id);
    }
  });
  socket.on("message", (details) =>
    socket.to(details.room).emit("message", details),
  );
});

http.listen(Number(process.env.PORT), "127.0.0.1");
