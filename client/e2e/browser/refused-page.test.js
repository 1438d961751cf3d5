// A proxy in front drops the port from Host, as nginx does with $host: the server takes
// the page for another site's, and the page says which two values differ.
import { after, before, test } from 'node:test'
import { createServer, request } from 'node:http'
import { startServer } from '../process.js'
import { Caller } from './caller.js'
import { openBrowser } from './chromium.js'
import { newPath } from './links.js'

let server, proxy, browser, caller
before(async () => {
  server = await startServer()
  proxy = await startProxy(server.port)
  browser = await openBrowser()
  caller = await Caller.arrive(browser, proxy.origin)
})
after(async () => {
  await browser?.close()
  await proxy?.stop()
  await server?.stop()
})

/** Forwards requests without the port in their Host, and no WebSockets. */
async function startProxy(port) {
  const web = createServer((asked, answer) => {
    const { method, url: path } = asked
    const headers = { ...asked.headers, host: '127.0.0.1' }
    const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode, answered.headers)
      answered.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  })
  web.on('upgrade', (_, socket) => socket.destroy())
  await new Promise((resolve, reject) => web.once('error', reject).listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${web.address().port}`,
    stop() {
      web.closeAllConnections()
      return new Promise((resolve) => web.close(resolve))
    },
  }
}

test('the page says why the server refuses it', async () => {
  await caller.goes(newPath())
  await caller.joins()
  await caller.reads('The server refuses this page')
  await caller.reads(`the page is of ${proxy.origin}, but the request is for 127.0.0.1`)
})
