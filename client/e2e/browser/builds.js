// A proxy before the server that makes another build of it: all assets have other names.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { connect } from 'node:net'

/** Names of assets, which end in a hash of eight characters. */
const NAMES = /([\w.-]+-[\w-]{8})\.(js|css|woff2)\b/g
/** An asset and its hash, as the worker has them. */
const HASHES = /"(\/assets\/[^"]+)":"[^"]+"/g

export async function startBuilds(port) {
  let build = 1
  let hasWorker = true
  let failures = 0
  const missing = []

  const web = createServer(({ method, url, headers }, answer) => {
    if (url === '/sw.js' && method === 'HEAD' && failures > 0) {
      failures--
      return answer.destroy()
    }
    const path = url.replace(new RegExp(`\\.${build}(?=\\.\\w+$)`), '')
    const isOther = url.startsWith('/assets/') && build > 1 && path === url
    if (isOther || (url === '/sw.js' && !hasWorker)) {
      if (isOther) missing.push(url)
      return answer.writeHead(404, { 'Cache-Control': 'no-store' }).end()
    }
    const asked = { ...headers }
    for (const name of ['accept-encoding', 'if-none-match']) delete asked[name]
    const onward = request({ host: '127.0.0.1', port, method, path, headers: asked }, (answered) =>
      forward(answered, answer),
    )
    onward.on('error', () => answer.destroy())
    onward.end()
  })

  async function forward(answered, answer) {
    const chunks = []
    for await (const chunk of answered) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const headers = { ...answered.headers }
    for (const name of ['content-length', 'etag']) delete headers[name]
    // The browser's other cache may have forgotten everything.
    headers['cache-control'] = 'no-store'
    answer.writeHead(answered.statusCode, headers)
    const isText = /^text\/(html|css|javascript)/.test(headers['content-type'] ?? '')
    answer.end(isText && build > 1 ? changed(String(body)) : body)
  }

  const hashOf = (path) => {
    const content = readFileSync(new URL(`../../dist${path}`, import.meta.url))
    const sent = /\.(js|css)$/.test(path) ? changed(String(content)) : content
    return createHash('sha256').update(sent).digest('base64')
  }

  const changed = (text) =>
    text
      .replace(HASHES, (_, path) => `"${path}":"${hashOf(path)}"`)
      .replace('<html', `<html data-build="${build}"`)
      .replace(NAMES, `$1.${build}.$2`)
      .replace(/"[\da-f]{16}"/, `"build-${build}"`) // the name of the worker's cache

  web.on('upgrade', ({ url, rawHeaders }, socket, head) => {
    const far = connect(port, '127.0.0.1')
    const lines = rawHeaders.flatMap((text, index) =>
      index % 2 ? [] : [`${text}: ${rawHeaders[index + 1]}`],
    )
    far.write([`GET ${url} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
    far.write(head)
    far.pipe(socket).pipe(far)
    for (const end of [far, socket])
      end.on('error', () => [far, socket].map((each) => each.destroy()))
  })

  await new Promise((resolve, reject) => web.once('error', reject).listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${web.address().port}`,
    /** Assets of another build that somebody asked for. */
    missing,
    /**
     * Replaces the build by the next one, with or without a service worker. So many requests
     * that ask whether there is one fail.
     */
    deploy(options = {}) {
      build++
      hasWorker = options.hasWorker ?? true
      failures = options.failures ?? 0
    },
    stop() {
      web.closeAllConnections()
      return new Promise((resolve) => web.close(resolve))
    },
  }
}
