// The Engine.IO protocol, dialects 3 and 4, checked against the echo server:
// the transports alone, with binary messages, below any event protocol.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { Inbox } from './inbox.js';
import { startEcho } from './process.js';
import { payload } from './session.js';

const pingInterval = 300;
const pingTimeout = 200;

let echo;
before(async () => (echo = await startEcho({ pingInterval, pingTimeout })));
after(() => echo?.stop());

const url = (query) => `${echo.origin}/engine.io/?${new URLSearchParams(query)}`;

// A bare WebSocket, with what it received and how it ended.
class Socket {
  received = new Inbox();

  constructor(query) {
    this.socket = new WebSocket(url({ transport: 'websocket', ...query }).replace('http', 'ws'));
    this.socket.on('message', (data, isBinary) =>
      this.received.push(isBinary ? data : data.toString()),
    );
    this.opened = new Promise((resolve) => this.socket.once('open', () => resolve(true)));
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    // A refused handshake is an error and then a close; the close is waited for.
    this.socket.on('error', (error) => (this.error = error));
  }

  send(data) {
    this.socket.send(data);
  }

  next() {
    return this.received.next('a frame', 2000);
  }

  async closedWithin(milliseconds) {
    const late = sleep(milliseconds, 'still open', { ref: false });
    assert.notEqual(await Promise.race([this.closed.then(() => 'closed'), late]), 'still open');
  }

  close() {
    this.socket.terminate();
  }
}

for (const eio of [3, 4]) {
  const { encode, decode } = payload[eio];

  const openPolling = async (more = {}) => {
    const response = await fetch(url({ EIO: eio, transport: 'polling', ...more }));
    assert.equal(response.status, 200);
    const [open] = decode(await response.text());
    return JSON.parse(open.slice(1)).sid;
  };
  const poll = (sid, more = {}) => fetch(url({ EIO: eio, transport: 'polling', sid, ...more }));
  const post = (sid, body, headers = {}) =>
    fetch(url({ EIO: eio, transport: 'polling', sid }), { method: 'POST', body, headers });
  const openWebSocket = async (t) => {
    const socket = dial(t, {});
    socket.handshake = await socket.next();
    return socket;
  };
  const dial = (t, query) => {
    const socket = new Socket({ EIO: eio, ...query });
    t.after(() => socket.close());
    return socket;
  };
  const assertGone = async (sid) => {
    const response = await poll(sid);
    assert.equal(response.status, 400);
    assert.deepEqual(await response.json(), { code: 1, message: 'Session ID unknown' });
  };

  describe(`Engine.IO ${eio}`, () => {
    describe('handshake', () => {
      const assertHandshake = (packet, upgrades) => {
        assert.equal(packet[0], '0');
        const { sid, maxPayload, ...rest } = JSON.parse(packet.slice(1));
        assert.match(sid, /^[\w-]{20,}$/);
        assert.deepEqual(rest, { upgrades, pingInterval, pingTimeout });
        if (eio === 4) assert.ok(Number.isInteger(maxPayload) && maxPayload > 0);
        return sid;
      };

      test('over polling', async () => {
        const response = await fetch(url({ EIO: eio, transport: 'polling' }));
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('content-type'), 'text/plain; charset=UTF-8');
        const packets = decode(await response.text());
        assert.equal(packets.length, 1);
        assertHandshake(packets[0], ['websocket']);
      });

      test('over websocket', async (t) => {
        const socket = await openWebSocket(t);
        assertHandshake(socket.handshake, []);
      });

      test('no two sessions have one id', async () => {
        const sids = await Promise.all(Array.from({ length: 50 }, () => openPolling()));
        assert.equal(new Set(sids).size, sids.length);
        await Promise.all(sids.map((sid) => post(sid, encode(['1']))));
      });

      const refused = [
        ['no EIO', 'GET', { transport: 'polling' }, 5],
        ['EIO that is no number', 'GET', { EIO: 'abc', transport: 'polling' }, 5],
        ['no transport', 'GET', { EIO: eio }, 0],
        ['unknown transport', 'GET', { EIO: eio, transport: 'abc' }, 0],
        ['POST', 'POST', { EIO: eio, transport: 'polling' }, 2],
        ['PUT', 'PUT', { EIO: eio, transport: 'polling' }, 2],
        ['unknown sid', 'GET', { EIO: eio, transport: 'polling', sid: 'none' }, 1],
      ];
      for (const [what, method, query, code] of refused) {
        test(`refuses over polling: ${what}`, async () => {
          const response = await fetch(url(query), { method });
          assert.equal(response.status, 400);
          assert.equal((await response.json()).code, code);
        });
      }

      const refusedSockets = [
        ['no EIO', { EIO: '' }],
        ['EIO that is no number', { EIO: 'abc' }],
        ['unknown transport', { transport: 'abc' }],
        ['unknown sid', { sid: 'none' }],
      ];
      for (const [what, query] of refusedSockets) {
        test(`refuses over websocket: ${what}`, async (t) => {
          const socket = dial(t, query);
          await socket.closedWithin(1000);
          assert.deepEqual(socket.received.rest, []);
        });
      }
    });

    describe('messages over polling', () => {
      const payloads = {
        'one packet': ['4hello'],
        'several packets': ['4one', '4two', '4three'],
        'non-ASCII text': ['4héllo €', '4👩‍👩‍👧 𝄞', '4\u2028'],
        'an empty message': ['4'],
      };
      for (const [what, packets] of Object.entries(payloads)) {
        test(what, async () => {
          const sid = await openPolling();
          const posted = await post(sid, encode(packets));
          assert.equal(posted.status, 200);
          assert.equal(await posted.text(), 'ok');
          assert.deepEqual(await pollUntil(sid, packets.length), packets);
        });
      }

      test('binary as base64, between text', async () => {
        const query = eio === 3 ? { b64: '1' } : {};
        const sid = await openPolling(query);
        const binary = eio === 3 ? 'b4AQIDBA==' : 'bAQIDBA==';
        await post(sid, encode(['4hello', binary, '4bye']));
        assert.deepEqual(await pollUntil(sid, 3, query), ['4hello', binary, '4bye']);
      });

      const pollUntil = async (sid, count, query) => {
        const packets = [];
        while (packets.length < count) {
          const response = await poll(sid, query);
          assert.equal(response.status, 200);
          packets.push(...decode(await response.text()).filter((packet) => packet !== '2'));
        }
        return packets;
      };

      test('a payload that is none ends the session', async () => {
        const sid = await openPolling();
        // What the POST itself is told differs between servers, even a reset will do.
        await post(sid, 'abc').catch(() => {});
        await assertGone(sid);
      });

      test('a second poll beside the first ends the session', async () => {
        const sid = await openPolling();
        const first = poll(sid);
        await sleep(20);
        const second = await poll(sid, { t: 'second' });
        assert.ok([400, 500].includes(second.status), `answered ${second.status}`);
        const released = await first;
        assert.equal(released.status, 200);
        assert.deepEqual(decode(await released.text()), ['1']);
        await assertGone(sid);
      });
    });

    describe('messages over websocket', () => {
      for (const text of ['hello', '', '👩‍👩‍👧 𝄞 \u2028', 'x'.repeat(60_000)]) {
        test(`text of ${text.length}`, async (t) => {
          const socket = await openWebSocket(t);
          socket.send(`4${text}`);
          assert.equal(await socket.next(), `4${text}`);
        });
      }

      for (const length of [0, 1, 4, 60_000]) {
        test(`binary of ${length}`, async (t) => {
          const socket = await openWebSocket(t);
          const data = Buffer.from(Array.from({ length }, (_, i) => i % 256));
          // EIO 3 marks the type in the first byte, EIO 4 sends the bare data.
          const frame = eio === 3 ? Buffer.concat([Buffer.from([4]), data]) : data;
          socket.send(frame);
          assert.deepEqual(await socket.next(), frame);
        });
      }

      test('keeps the order of text and binary', async (t) => {
        const socket = await openWebSocket(t);
        const frame = Buffer.from(eio === 3 ? [4, 7] : [7]);
        const frames = Array.from({ length: 40 }, (_, i) => (i % 3 ? `4${i}` : frame));
        for (const each of frames) socket.send(each);
        const received = [];
        while (received.length < frames.length) {
          const next = await socket.next();
          if (next !== '2') received.push(next);
        }
        assert.deepEqual(received, frames);
      });

      test('a frame that is no packet ends the session', async (t) => {
        const socket = await openWebSocket(t);
        socket.send('abc');
        await socket.closedWithin(1000);
      });
    });

    describe('heartbeat', () => {
      test('over polling', async () => {
        const sid = await openPolling();
        for (let beat = 0; beat < 3; beat++) {
          if (eio === 3) assert.equal((await post(sid, encode(['2']))).status, 200);
          const response = await poll(sid);
          assert.equal(response.status, 200);
          assert.deepEqual(decode(await response.text()), [eio === 3 ? '3' : '2']);
          if (eio === 4) assert.equal((await post(sid, '3')).status, 200);
        }
      });

      test('over websocket', async (t) => {
        const socket = await openWebSocket(t);
        for (let beat = 0; beat < 3; beat++) {
          if (eio === 3) socket.send('2');
          assert.equal(await socket.next(), eio === 3 ? '3' : '2');
          if (eio === 4) socket.send('3');
        }
      });

      test('a polling client that is silent is given up', async () => {
        const sid = await openPolling();
        await sleep(pingInterval + pingTimeout + 100);
        await assertGone(sid);
      });

      test('a websocket client that is silent is given up', async (t) => {
        const started = Date.now();
        const socket = await openWebSocket(t);
        await socket.closedWithin(pingInterval + pingTimeout + 1000);
        assert.ok(Date.now() - started >= pingInterval + pingTimeout - 50, 'not before its time');
      });
    });

    describe('close', () => {
      test('over polling: the waiting poll is released', async () => {
        const sid = await openPolling();
        const waiting = poll(sid);
        await sleep(20);
        assert.equal((await post(sid, encode(['1']))).status, 200);
        const released = await waiting;
        assert.equal(released.status, 200);
        assert.deepEqual(decode(await released.text()), ['6']);
        await assertGone(sid);
      });

      test('over websocket', async (t) => {
        const socket = await openWebSocket(t);
        socket.send('1');
        await socket.closedWithin(1000);
      });
    });

    describe('upgrade', () => {
      const probe = async (t, sid) => {
        const socket = dial(t, { sid });
        await socket.opened;
        socket.send('2probe');
        assert.equal(await socket.next(), '3probe');
        return socket;
      };
      const upgrade = async (t) => {
        const sid = await openPolling();
        const socket = await probe(t, sid);
        socket.send('5');
        return { sid, socket };
      };
      // Servers may send a noop after the upgrade, and EIO 4 a ping at any time.
      const nextMessage = async (socket) => {
        for (;;) {
          const frame = await socket.next();
          if (frame === '2') socket.send('3');
          else if (frame !== '6') return frame;
        }
      };
      const assertEchoes = async (socket) => {
        socket.send('4hello');
        assert.equal(await nextMessage(socket), '4hello');
      };

      test('the waiting poll is released with a noop', async (t) => {
        const sid = await openPolling();
        const waiting = poll(sid);
        const socket = await probe(t, sid);
        const released = await waiting;
        assert.equal(released.status, 200);
        assert.deepEqual(decode(await released.text()), ['6']);
        socket.send('5');
        await assertEchoes(socket);
      });

      test('a poll that comes after the probe is released too', async (t) => {
        const sid = await openPolling();
        const socket = await probe(t, sid);
        const released = await poll(sid);
        assert.equal(released.status, 200);
        assert.deepEqual(decode(await released.text()), ['6']);
        socket.send('5');
        await assertEchoes(socket);
      });

      test('what was posted before the upgrade is answered after it, in order', async (t) => {
        const sid = await openPolling();
        const socket = await probe(t, sid);
        const sent = Array.from({ length: 20 }, (_, i) => `4before ${i}`);
        await post(sid, encode(sent.slice(0, 10)));
        await post(sid, encode(sent.slice(10)));
        socket.send('5');
        socket.send('4after');
        for (const message of [...sent, '4after']) assert.equal(await nextMessage(socket), message);
      });

      test('no poll is answered afterwards', async (t) => {
        const { sid, socket } = await upgrade(t);
        await assertEchoes(socket);
        assert.equal((await poll(sid)).status, 400);
        await assertEchoes(socket);
      });

      test('a second WebSocket is closed', async (t) => {
        const { sid, socket } = await upgrade(t);
        await assertEchoes(socket);
        const second = dial(t, { sid });
        await second.closedWithin(1000);
        await assertEchoes(socket);
      });

      test('an upgraded session lives by its heartbeat, and ends without', async (t) => {
        const { socket } = await upgrade(t);
        for (let beat = 0; beat < 3; beat++) {
          if (eio === 3) socket.send('2');
          const frame = await nextBeat(socket);
          assert.equal(frame, eio === 3 ? '3' : '2');
          if (eio === 4) socket.send('3');
          await sleep(100);
        }
        await socket.closedWithin(pingInterval + pingTimeout + 1000);
      });
      const nextBeat = async (socket) => {
        const frame = await socket.next();
        return frame === '6' ? nextBeat(socket) : frame;
      };
    });
  });
}

describe('Engine.IO 3 binary payloads', () => {
  // 00 or 01, the decimal digits of the length as single bytes, ff, data.
  const chunk = (marker, data) =>
    Buffer.concat([
      Buffer.from([marker, ...String(data.length).split('').map(Number), 0xff]),
      data,
    ]);
  const text = chunk(0, Buffer.from('4hello'));
  const binary = chunk(1, Buffer.from([4, 1, 2, 3, 4]));

  test('go both ways over polling', async () => {
    const opened = await fetch(url({ EIO: 3, transport: 'polling' }));
    const [open] = payload[3].decode(await opened.text());
    const { sid } = JSON.parse(open.slice(1));
    const session = url({ EIO: 3, transport: 'polling', sid });
    const posted = await fetch(session, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: Buffer.concat([text, binary]),
    });
    assert.equal(await posted.text(), 'ok');
    const polled = await fetch(session);
    assert.equal(polled.headers.get('content-type'), 'application/octet-stream');
    assert.deepEqual(Buffer.from(await polled.arrayBuffer()), Buffer.concat([text, binary]));
  });
});
