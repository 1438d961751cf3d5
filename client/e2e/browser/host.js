// A page of another site that embeds the call page: that of docs/embedding.html.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'

/** Serves that page on a free port, at a site of its own for browsers. */
export async function serveHost() {
  const page = readFileSync(new URL('../../../docs/embedding.html', import.meta.url))
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(page)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { origin: `http://localhost:${server.address().port}`, stop }
}

/** Somebody at that page, in Chromium or Firefox. */
export class Host {
  /** `person` is a Person or a FirefoxCaller of the page's origin. */
  constructor(person) {
    this.person = person
  }

  /** Opens the page, and shows this link in its frame. */
  async shows(link) {
    await this.person.open('/')
    await this.person.waitFor((link) => {
      const field = document.getElementById('link')
      if (!field) return false
      field.value = link
      field.form.requestSubmit()
      return true
    }, link)
  }

  /** Presses a button of the page, once the call page hears commands. */
  presses(id) {
    return this.person.waitFor((id) => {
      const button = document.getElementById(id)
      if (button.disabled) return false
      button.focus()
      button.click()
      return true
    }, id)
  }

  /** Sends the frame a command that the page has no button for. */
  sends(command) {
    return this.person.waitFor((command) => {
      const frame = document.getElementById('call')
      const message = { vidchat: 1, ...command }
      frame.contentWindow.postMessage(message, new URL(frame.src).origin)
      return true
    }, command)
  }

  /** Waits until the page has been sent messages with this text so often. */
  hears(text, times = 1) {
    return this.person.waitFor(
      ({ text, times }) => {
        const lines = [...document.querySelectorAll('#log li')].map((line) => line.textContent)
        const heard = lines.filter((line) => line.startsWith('received') && line.includes(text))
        return heard.length >= times
      },
      { text, times },
    )
  }

  /** All messages in either direction. */
  log() {
    return this.person.waitFor(() => document.getElementById('log').textContent)
  }

  /** Waits until nothing in its page, or in its frame, has the focus but the button with this id. */
  keepsFocus(id) {
    return this.person.waitFor((id) => document.activeElement?.id === id, id)
  }
}
