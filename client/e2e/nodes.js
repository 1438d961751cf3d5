// Several nodes that share a Redis, behind a balancer without affinity.
import { setTimeout as sleep } from 'node:timers/promises'
import { startBalancer } from './balancer.js'
import { freePort, startProgram, startServer } from './process.js'
import { timeout } from './timeout.js'

/** Starts one server, or as many nodes as E2E_NODES says, behind a balancer. */
export function startServerOrNodes(env = {}) {
  const count = Number(process.env.E2E_NODES ?? 1)
  return count > 1 ? startNodes(count, env) : startServer(env)
}

async function startNodes(count, env) {
  const redisPort = await freePort()
  const options = ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '']
  const parts = [startProgram('redis-server', options)]
  const stop = async () => {
    for (const part of parts.reverse()) await part.stop()
  }
  try {
    const shared = {
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
      CLUSTER_SECRET: 'a secret of tests, which nobody has to guess',
      TRUST_PROXY: 'true',
      ...env,
    }
    const nodes = []
    while (nodes.length < count) {
      const server = await startServer(shared)
      nodes.push(server)
      parts.push(server)
    }
    for (const { origin } of nodes) await ready(`${origin}/readyz`)
    // The oldest of them has seen the others with its next renewal.
    await sleep(1500)
    const port = await freePort()
    const balancer = await startBalancer(
      port,
      nodes.map(({ origin }) => origin),
    )
    parts.push(balancer)
    return { origin: balancer.origin, port, nodes, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function ready(url) {
  for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(50)) {
    if ((await fetch(url)).ok) return
  }
  throw new Error(`${url} is not ready within ${timeout} ms`)
}
