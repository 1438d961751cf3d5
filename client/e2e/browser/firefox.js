// Debian's Firefox with fake devices, by WebDriver BiDi: only what these tests need.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { timeout } from '../timeout.js'

const preferences = {
  // Whatever the language of this machine is.
  'intl.accept_languages': 'en-US, en',
  // Devices that need no permission: a coloured picture, and a tone.
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  // Both ends are on this machine, which may have no network.
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  // Nothing is asked for, loaded or prepared, but the pages of the tests.
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.newtab.preload': false,
  'browser.newtabpage.enabled': false,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.ipc.processPrelaunch.enabled': false,
  'extensions.systemAddon.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
}

/** Values of a preference of Firefox. */
const schemes = { dark: 0, light: 1 }

/**
/**
 * Launches Firefox, or the one that FIREFOX names. It trusts the certificates of
 * `authority`, a PEM file: WebDriver could only have it trust those of pages, and not
 * of TURN servers. `colorScheme` is what pages are told that people prefer, and `more` are
 * other preferences.
 */
export async function launchFirefox({ authority, colorScheme = 'light', more = {} } = {}) {
  const executable = process.env.FIREFOX ?? '/usr/bin/firefox-esr'
  if (!existsSync(executable)) {
    throw new Error(`no Firefox at ${executable}: install it, or name it in FIREFOX`)
  }
  const profile = mkdtempSync(join(tmpdir(), 'vidchat-firefox-'))
  const scheme = { 'layout.css.prefers-color-scheme.content-override': schemes[colorScheme] }
  const lines = Object.entries({ ...preferences, ...scheme, ...more }).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  )
  writeFileSync(join(profile, 'user.js'), lines.join('\n'))
  if (authority) trust(profile, authority)
  const child = spawn(
    executable,
    ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile } },
  )
  const ended = new Promise((resolve) => {
    child.once('exit', resolve)
    child.once('error', resolve)
  })
  const end = async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
  try {
    const connection = await Connection.open(`${await addressOf(child)}/session`)
    await connection.send('session.new', { capabilities: {} })
    return new Firefox(connection, end)
  } catch (error) {
    await end()
    throw error
  }
}

/** Has a profile trust an authority, by a tool of Debian's libnss3-tools. */
function trust(profile, authority) {
  const database = ['-d', `sql:${profile}`]
  execFileSync('certutil', ['-N', ...database, '--empty-password'])
  execFileSync('certutil', ['-A', ...database, '-n', 'tests', '-t', 'C,,', '-i', authority])
}

/** Where the browser says that it listens. */
function addressOf(child) {
  return new Promise((resolve, reject) => {
    let output = ''
    const late = setTimeout(() => reject(new Error(`Firefox is not ready: ${output}`)), timeout)
    const settle = (settled) => (value) => {
      clearTimeout(late)
      settled(value)
    }
    child.once('error', settle(reject))
    child.once('exit', (code) => settle(reject)(new Error(`Firefox ended (${code}): ${output}`)))
    child.stderr.on('data', (chunk) => {
      output += chunk
      const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(output) ?? []
      if (address) settle(resolve)(address)
    })
  })
}

/** How WebDriver writes the keys that are no letters. */
const KEYS = {
  ArrowLeft: '\ue012',
  ArrowRight: '\ue014',
  Enter: '\ue007',
  Escape: '\ue00c',
  Shift: '\ue008',
  Space: ' ',
  Tab: '\ue004',
}

class Firefox {
  #connection
  #end

  constructor(connection, end) {
    this.#connection = connection
    this.#end = end
  }

  /** Opens a page with cookies and storage of its own. */
  async newPage() {
    const { userContext } = await this.#connection.send('browser.createUserContext', {})
    const { context } = await this.#connection.send('browsingContext.create', {
      type: 'tab',
      userContext,
    })
    return new Page(this.#connection, context)
  }

  async close() {
    await this.#connection.close()
    await this.#end()
  }
}

class Page {
  #connection
  #context

  constructor(connection, context) {
    this.#connection = connection
    this.#context = context
  }

  /** Has each page call this function with a JSON value before its own scripts. */
  async runFirst(run, value) {
    await this.#connection.send('script.addPreloadScript', {
      functionDeclaration: `() => void (${run})(${JSON.stringify(value)})`,
      contexts: [this.#context],
    })
  }

  async goto(url) {
    await this.#connection.send('browsingContext.navigate', {
      context: this.#context,
      url,
      wait: 'complete',
    })
  }

  /** Presses a key, or several as in `Shift+Tab`, in this page in front of all others. */
  async press(keys) {
    const context = this.#context
    const values = keys.split('+').map((key) => KEYS[key] ?? key)
    const actions = [
      ...values.map((value) => ({ type: 'keyDown', value })),
      ...values.reverse().map((value) => ({ type: 'keyUp', value })),
    ]
    await this.#connection.send('browsingContext.activate', { context })
    await this.#connection.send('input.performActions', {
      context,
      actions: [{ type: 'key', id: 'keyboard', actions }],
    })
  }

  /** The addresses of what is shown in its frames, which may be an error. */
  async frames() {
    const { contexts } = await this.#connection.send('browsingContext.getTree', {
      root: this.#context,
    })
    const addresses = contexts[0].children.map(async ({ context }) => {
      const { result } = await this.#connection.send('script.evaluate', {
        expression: 'document.documentURI',
        awaitPromise: false,
        target: { context },
      })
      return result.value
    })
    return Promise.all(addresses)
  }

  /** Calls a function in the page with JSON values. Its result, or promise, is a JSON value. */
  async evaluate(run, ...values) {
    const functionDeclaration = `async () => JSON.stringify(await (${run})(...${JSON.stringify(values)}))`
    const { result, exceptionDetails } = await this.#connection.send('script.callFunction', {
      functionDeclaration,
      awaitPromise: true,
      target: { context: this.#context },
    })
    if (exceptionDetails) throw new Error(exceptionDetails.text)
    return result.value === undefined ? undefined : JSON.parse(result.value)
  }

  /** Waits until the function returns something true in the page, and returns it. */
  async waitFor(run, ...values) {
    for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(50)) {
      const found = await this.evaluate(run, ...values)
      if (found) return found
    }
    const text = await this.evaluate(() => document.body.innerText)
    throw new Error(`after ${timeout} ms not ${run} of ${JSON.stringify(values)} in:\n${text}`)
  }

  close() {
    return this.#connection.send('browsingContext.close', { context: this.#context })
  }
}

/** Commands and their answers over one WebSocket. */
class Connection {
  #socket
  #number = 0
  #pending = new Map()

  static async open(address) {
    const socket = new WebSocket(address)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return new Connection(socket)
  }

  constructor(socket) {
    this.#socket = socket
    socket.on('message', (data) => this.#onMessage(JSON.parse(String(data))))
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('Firefox is gone'))
    })
  }

  send(method, params) {
    const id = ++this.#number
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`Firefox does not answer ${method}`)), timeout)
      const settle = (settled) => (value) => {
        clearTimeout(late)
        settled(value)
      }
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject) })
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }

  async close() {
    const closed = new Promise((resolve) => this.#socket.once('close', resolve))
    this.#socket.close()
    await closed
  }

  #onMessage({ id, result, error, message }) {
    const asked = this.#pending.get(id)
    if (!asked) return // an event
    this.#pending.delete(id)
    if (error) asked.reject(new Error(`${error}: ${message}`))
    else asked.resolve(result)
  }
}
