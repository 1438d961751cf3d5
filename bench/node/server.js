// The server that vidchat is measured against: the original's events (see
// PROTOCOL.md) on Node's socket.io. `node server.js <major version>` listens on
// 127.0.0.1:$PORT. With REDIS_URL, version 4 is one of several nodes. It logs nothing, and compresses nothing because the clients
// offer no compression.
import { createServer } from "node:http";

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
    if (!process.env.REDIS_URL) {
      return {
        server,
        seats: (room) => server.sockets.adapter.rooms.get(room)?.size ?? 0,
      };
    }
    // One of several nodes.
    const { createAdapter } = await import("@socket.io/redis-adapter");
    const { createClient } = await import("redis");
    const publisher = createClient({ url: process.env.REDIS_URL });
    const subscriber = publisher.duplicate();
    await Promise.all([publisher.connect(), subscriber.connect()]);
    server.adapter(createAdapter(publisher, subscriber));
    return {
      server,
      seats: async (room) =>
        (await server.sockets.adapter.sockets(new Set([room]))).size,
    };
  },
};

const http = createServer((request, response) => response.writeHead(404).end());
const { server, seats } = await versions[process.argv[2]](http);

server.on("connection", (socket) => {
  socket.on("create or join", async (room) => {
    const taken = await seats(room);
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
