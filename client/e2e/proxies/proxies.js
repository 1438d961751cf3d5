// Starts proxies in front of a server, set up as docs/operating.md advises, and
// reloads them. None keeps the connections of before the reload for long.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answering, freePort } from '../process.js'

const folder = dirname(fileURLToPath(import.meta.url))

/** What each proxy needs: its configuration, how it runs, and how it reloads. */
export const proxies = {
  nginx: {
    config: ({ port, to, dir }) => `
      daemon off;
      pid ${dir}/pid;
      error_log stderr;
      worker_shutdown_timeout 100ms;
      events {}
      http {
        access_log off;
        ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`).join(' ')}
        server {
          listen 127.0.0.1:${port};
          location / {
            proxy_pass http://127.0.0.1:${to};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
          }
        }
      }`,
    command: ({ dir, file }) => ['/usr/sbin/nginx', '-p', dir, '-c', file, '-e', 'stderr'],
    reload: ({ child }) => child.kill('SIGHUP'),
  },
  haproxy: {
    config: ({ port, to }) => `
global
  hard-stop-after 100ms
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  option forwardfor
frontend web
  bind 127.0.0.1:${port}
  http-request set-header X-Forwarded-Proto http
  default_backend vidchat
backend vidchat
  server one 127.0.0.1:${to}
`,
    command: ({ file }) => ['/usr/sbin/haproxy', '-W', '-f', file],
    reload: ({ child }) => child.kill('SIGUSR2'),
  },
  apache: {
    config: ({ port, to, dir }) => `
      ServerRoot ${dir}
      ServerName 127.0.0.1
      Listen 127.0.0.1:${port}
      PidFile ${dir}/pid
      ErrorLog ${dir}/log
      DefaultRuntimeDir ${dir}
      ${process.getuid() === 0 ? 'User www-data\n      Group www-data' : ''}
      ${['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'proxy_wstunnel', 'rewrite', 'headers']
        .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
        .join('\n      ')}
      ProxyPreserveHost On
      RequestHeader set X-Forwarded-Proto http
      RewriteEngine On
      RewriteCond %{HTTP:Upgrade} =websocket [NC]
      RewriteRule /(.*) ws://127.0.0.1:${to}/$1 [P,L]
      ProxyPass / http://127.0.0.1:${to}/
`,
    command: ({ file }) => ['/usr/sbin/apache2', '-f', file, '-D', 'FOREGROUND'],
    reload: ({ child }) => child.kill('SIGHUP'),
  },
  caddy: {
    config: ({ port, to, admin }) => `
{
  admin 127.0.0.1:${admin}
  auto_https off
  persist_config off
}
http://127.0.0.1:${port} {
  reverse_proxy 127.0.0.1:${to}
}
`,
    command: ({ file }) => [buildCaddy(), 'run', '--config', file, '--adapter', 'caddyfile'],
    reload: ({ file, admin }) =>
      execFileSync(
        buildCaddy(),
        [
          ...['reload', '--force', '--config', file, '--adapter', 'caddyfile'],
          ...['--address', `127.0.0.1:${admin}`],
        ],
        { stdio: 'pipe' },
      ),
  },
}

/** Starts a proxy of this name in front of a port. */
export async function startProxy(name, to) {
  const { config, command, reload } = proxies[name]
  const dir = mkdtempSync(join(tmpdir(), `vidchat-${name}-`))
  chmodSync(dir, 0o755) // its workers may be of another user
  const at = { dir, file: join(dir, 'config'), to, port: await freePort(), admin: await freePort() }
  writeFileSync(at.file, config(at))
  const [program, ...args] = command(at)
  const output = []
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, HOME: dir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => output.push(chunk))
  const ended = new Promise((resolve) => {
    child.once('exit', (code) => resolve({ code }))
    child.once('error', (error) => resolve({ error }))
  })
  const log = () => Buffer.concat(output).toString()
  const stop = async () => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await ended
    clearTimeout(late)
    rmSync(dir, { recursive: true, force: true })
  }
  const origin = `http://127.0.0.1:${at.port}`
  await answering(`${origin}/healthz`, { ended, log, stop })
  return { origin, log, stop, reload: () => reload({ ...at, child }) }
}

let caddy

/** The current Caddy is a Go module, with a go.mod of its own. */
function buildCaddy() {
  if (caddy) return caddy
  const output = join(folder, '..', '.build', 'caddy')
  execFileSync('go', ['build', '-o', output, 'github.com/caddyserver/caddy/v2/cmd/caddy'], {
    cwd: join(folder, 'caddy'),
    stdio: 'inherit',
  })
  return (caddy = output)
}
