// Builds and runs the project's own programs, as they ship, for the tests.
import { execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { timeout } from './timeout.js'

const folder = dirname(fileURLToPath(import.meta.url))
const repository = join(folder, '..', '..')

const buildFolder = join(folder, '.build')

/** Starts the server on this port, or a free one. */
export async function startServer(env = {}, port = undefined) {
  port ??= await freePort()
  const origin = `${env.TLS_CERT ? 'https' : 'http'}://127.0.0.1:${port}`
  const settings = { PORT: String(port), STUN_URLS: 'none', ...limitsOff, ...env }
  const child = run(builtServer(), [], { ...bareEnvironment(), ...settings })
  await answering(`${origin}/healthz`, child)
  const { stop, kill, signal } = child
  return { origin, port, stop, kill, signal }
}

/**
 * Starts the server by a command that ends with its binary, such as one that enters
 * another network, from where nobody here could ask whether it listens.
 */
export async function startServerBy(commandOf, env) {
  const [command, ...args] = commandOf(builtServer())
  const child = run(command, args, { ...bareEnvironment(), ...limitsOff, ...env })
  let end
  child.ended.then((result) => (end = result))
  for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(20)) {
    if (child.log().includes('"message":"listening"')) return child
    if (end) throw new Error(`it ended at once (${end.error ?? end.code}): ${child.log()}`)
  }
  await child.stop()
  throw new Error(`it does not listen after ${timeout} ms: ${child.log()}`)
}

/** Starts the client in Go with a link to a call. */
export function startPeer(link, args = []) {
  const child = run(builtPeer(), ['-for', '5m', ...args, link], bareEnvironment())
  const prints = async (text) => {
    let ended = false
    child.ended.then(() => (ended = true))
    for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(20)) {
      if (child.log().includes(text)) return
      if (ended) break
    }
    throw new Error(`the client in Go did not print "${text}": ${child.log()}`)
  }
  return { ...child, prints }
}

/** Starts the Engine.IO echo server. */
export async function startEcho({ pingInterval, pingTimeout }) {
  const port = await freePort()
  const child = run(
    builtEcho(),
    [
      ...['-addr', `127.0.0.1:${port}`, '-path', '/engine.io/'],
      ...['-ping-interval', `${pingInterval}ms`, '-ping-timeout', `${pingTimeout}ms`],
    ],
    bareEnvironment(),
  )
  const origin = `http://127.0.0.1:${port}`
  await answering(`${origin}/engine.io/`, child)
  return { origin, stop: child.stop }
}

// All of the tests' clients have one address.
const limitsOff = {
  SESSIONS_PER_ADDRESS: 'off',
  NEW_SESSIONS_PER_ADDRESS: 'off',
  CREDENTIALS_PER_ADDRESS: 'off',
}

// Nothing of the caller's own settings (TURN_SECRET, CLIENT_DIR …) may reach
// the server under test.
function bareEnvironment() {
  const { PATH, HOME } = process.env
  return { PATH, HOME }
}

/** The server's binary: VIDCHAT_BIN, or built once from this work tree. */
export const builtServer = () => (process.env.VIDCHAT_BIN ??= build('.', 'vidchat'))

/** The echo server's binary: ECHO_BIN, or built likewise. */
export const builtEcho = () =>
  (process.env.ECHO_BIN ??= build('./internal/enginetest/echo', 'echo'))

/** The client in Go: PEER_BIN, or built likewise. */
const builtPeer = () => (process.env.PEER_BIN ??= build('.', 'peer', join(repository, 'peer')))

// With E2E_RACE the race detector is built in.
function build(pkg, name, cwd = repository) {
  const race = process.env.E2E_RACE ? ['-race'] : []
  const output = join(buildFolder, [name, ...race].join(''))
  execFileSync('go', ['build', ...race, '-o', output, pkg], { cwd, stdio: 'inherit' })
  return output
}

/** Writes a file that a test makes for another program. Returns its path. */
export function writeToBuild(name, content) {
  mkdirSync(buildFolder, { recursive: true })
  const file = join(buildFolder, name)
  // Tests of another file may be reading it.
  writeFileSync(`${file}.${process.pid}`, content)
  renameSync(`${file}.${process.pid}`, file)
  return file
}

/** Starts a program of the system. */
export const startProgram = (name, args) => run(name, args, bareEnvironment())

function run(binary, args, env) {
  const output = []
  const child = spawn(binary, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', (error) => resolve({ error }))
  })
  const log = () => Buffer.concat(output).toString()
  const stop = async () => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
    const { code, signal } = await ended
    clearTimeout(late)
    // The race detector exits with 66; a server that hangs is killed.
    if (code !== 0) throw new Error(`it ended with ${signal ?? code}: ${log()}`)
  }
  // As the kernel or a power failure would: without a shutdown.
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  const signal = (name) => child.kill(name)
  return { ended, log, stop, kill, signal }
}

/** Waits until the URL is answered. It is an error if the process ends first. */
export async function answering(url, child) {
  let end
  child?.ended.then((result) => (end = result))
  for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(20)) {
    if (end) throw new Error(`it ended at once (${end.error ?? end.code}): ${child.log()}`)
    if (await answers(url)) return
  }
  await child?.stop()
  throw new Error(`nothing answered at ${url} within ${timeout} ms`)
}

/** Reports whether there is an answer, whoever has signed the certificate. */
function answers(url) {
  return new Promise((resolve) => {
    const { get } = url.startsWith('https:') ? https : http
    get(url, { rejectUnauthorized: false, agent: false }, (response) => {
      response.resume().once('error', () => {})
      resolve(true)
    }).once('error', () => resolve(false))
  })
}

/**
 * A port of the loopback interface that nothing uses. It is below those that systems
 * give to connections and to whoever asks for any port, or another test might get it
 * before a server has it.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 20_000)
    if (await isFree(port)) return port
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const listener = createServer().once('error', () => resolve(false))
    listener.listen(port, '127.0.0.1', () => listener.close(() => resolve(true)))
  })
}
