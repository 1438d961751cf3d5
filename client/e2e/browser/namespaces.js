// Networks on one machine, by network namespaces of Linux: two homes behind symmetric
// NATs, and the internet, where the server is. No packet leaves the machine.
import { execFileSync } from 'node:child_process'

// The addresses are public ones, since nobody relays to others.
const HOMES = [
  { home: '10.1.0', outside: '5.5.5.11' },
  { home: '10.2.0', outside: '5.5.5.12' },
]

export class Namespaces {
  /** Where the server is. */
  address = '5.5.5.1'
  #prefix = `vidchat-${process.pid}`
  #made = []

  /** Makes the networks, or returns in words why this machine does not let us. */
  static make() {
    const networks = new this()
    try {
      networks.#makeAll()
      return { networks }
    } catch (error) {
      networks.remove()
      const refused = String(error.stderr || error.message).trim()
      if (/not permitted|denied|not supported|read-only|ENOENT/i.test(refused)) return { refused }
      throw error
    }
  }

  /** The namespace of the internet, and of the homes. */
  get internet() {
    return this.#name('internet')
  }

  home(number) {
    return this.#name(`home${number}`)
  }

  remove() {
    for (const name of this.#made.splice(0)) ip('netns', 'delete', name)
  }

  #name(name) {
    return `${this.#prefix}-${name}`
  }

  #makeAll() {
    this.#add(this.internet)
    inside(this.internet, 'ip', 'link', 'add', 'wire', 'type', 'bridge')
    this.#setUp(this.internet, 'wire', `${this.address}/24`)
    for (const [number, { home, outside }] of HOMES.entries()) {
      const [nat, here] = [this.#name(`nat${number}`), this.home(number)]
      this.#add(nat)
      this.#add(here)
      this.#connect(nat, 'out', this.internet, `nat${number}`)
      this.#connect(here, 'net', nat, 'in')
      inside(this.internet, 'ip', 'link', 'set', `nat${number}`, 'master', 'wire')
      this.#setUp(this.internet, `nat${number}`)
      this.#setUp(nat, 'out', `${outside}/24`)
      this.#setUp(nat, 'in', `${home}.1/24`)
      this.#setUp(here, 'net', `${home}.2/24`)
      inside(here, 'ip', 'route', 'add', 'default', 'via', `${home}.1`)
      inside(nat, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward')
      // Another port for each destination, which is what makes a NAT symmetric.
      inside(nat, 'nft', 'add table ip nat')
      inside(nat, 'nft', 'add chain ip nat out { type nat hook postrouting priority 100; }')
      inside(nat, 'nft', 'add rule ip nat out oifname "out" masquerade fully-random')
    }
  }

  #add(name) {
    ip('netns', 'add', name)
    this.#made.push(name)
    this.#setUp(name, 'lo')
  }

  #connect(name, link, otherName, otherLink) {
    const other = ['peer', 'name', otherLink, 'netns', otherName]
    ip('link', 'add', link, 'netns', name, 'type', 'veth', ...other)
  }

  #setUp(name, link, address) {
    if (address) inside(name, 'ip', 'address', 'add', address, 'dev', link)
    // A link gives itself an address of IPv6 some seconds after it is up. Chromium takes
    // that for a new network, and ends what it is loading.
    if (link !== 'lo') inside(name, 'ip', 'link', 'set', link, 'addrgenmode', 'none')
    inside(name, 'ip', 'link', 'set', link, 'up')
  }
}

/** A command line that runs a program in a namespace. */
export const commandIn = (namespace, ...command) => ['ip', 'netns', 'exec', namespace, ...command]

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`

function inside(namespace, ...command) {
  ip('netns', 'exec', namespace, ...command)
}

function ip(...args) {
  execFileSync('ip', args, { env: { PATH }, stdio: 'pipe', encoding: 'utf8' })
}
