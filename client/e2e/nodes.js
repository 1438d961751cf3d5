// Several nodes that share a Redis, behind a balancer without affinity.
import { setTimeout as sleep } from 'node:timers/promises'
import { startBalancer } from './balancer.js'
import { freePort, startProgram, startServer } from './process.js'
import { timeout } from './timeout.js'

const metricsToken = 'a token of tests, which nobody has to guess'

/** Starts one server, or as many nodes as E2E_NODES says, behind a balancer. */
export function startServerOrNodes(env = {}) {
  const count = Number(process.env.E2E_NODES ?? 1)
  return count > 1 ? startNodes(count, env) : startServer(env)
}

/** Starts nodes, and what they need. Each can fail, and be started again. */
export async function startNodes(count, env = {}) {
  const nodes = new Nodes()
  try {
    await nodes.start(count, env)
    return nodes
  } catch (error) {
    await nodes.stop()
    throw error
  }
}

class Nodes {
  #settings
  #redis
  #redisPort
  #nodes = []
  #balancer

  async start(count, env) {
    this.#redisPort = await freePort()
    this.#settings = {
      REDIS_URL: `redis://127.0.0.1:${this.#redisPort}`,
      CLUSTER_SECRET: 'a secret of tests, which nobody has to guess',
      METRICS_TOKEN: metricsToken,
      TRUST_PROXY: 'true',
      ...env,
    }
    this.startRedis()
    while (this.#nodes.length < count) this.#nodes.push(await startServer(this.#settings))
    for (const { origin } of this.#nodes) await ready(origin)
    // The oldest of them has seen the others with its next renewal.
    await sleep(1500)
    const origins = this.#nodes.map(({ origin }) => origin)
    this.port = await freePort()
    this.#balancer = await startBalancer(this.port, origins)
    this.origin = this.#balancer.origin
  }

  startRedis() {
    const options = ['--port', String(this.#redisPort), '--bind', '127.0.0.1', '--save', '']
    this.#redis = startProgram('redis-server', options)
  }

  /** Ends Redis, which forgets all. */
  killRedis() {
    return this.#redis.kill()
  }

  /** The number of the node that owns the only call, once there is one. */
  async owner() {
    for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(100)) {
      const owned = await Promise.all(this.#nodes.map(roomsOwned))
      if (owned.filter((rooms) => rooms > 0).length === 1)
        return owned.findIndex((rooms) => rooms > 0)
    }
    throw new Error(`no node owns the call within ${timeout} ms`)
  }

  node(number) {
    return this.#nodes[number]
  }

  /** Starts a node again that has ended. */
  async restart(number) {
    const { origin, port } = this.#nodes[number]
    this.#nodes[number] = await startServer(this.#settings, port)
    await ready(origin)
  }

  async stop() {
    this.#balancer?.stop()
    for (const node of this.#nodes.toReversed()) await node.stop()
    await this.#redis?.stop()
  }
}

async function roomsOwned({ origin }) {
  const headers = { authorization: `Bearer ${metricsToken}` }
  const metrics = await (await fetch(`${origin}/metrics`, { headers })).text()
  return Number(/^vidchat_cluster_rooms_owned (\d+)$/m.exec(metrics)?.[1])
}

async function ready(origin) {
  for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(50)) {
    if ((await fetch(`${origin}/readyz`)).ok) return
  }
  throw new Error(`${origin} is not ready within ${timeout} ms`)
}
