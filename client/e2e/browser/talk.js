// What a person does in the chat of a call, in Chromium.
import { Caller } from './caller.js'

export class Talker extends Caller {
  get chatButton() {
    return this.page.getByRole('button', { name: /^Chat/ })
  }

  async opensChat() {
    await this.chatButton.click()
    await this.page.getByLabel('Message', { exact: true }).waitFor()
  }

  /** Writes a message and sends it. */
  async writes(text) {
    await this.page.getByLabel('Message', { exact: true }).fill(text)
    await this.page.keyboard.press('Enter')
  }

  /** Waits until nothing that was written is still on its way. */
  async isReadByAll() {
    await this.page.locator('.status.late').waitFor({ state: 'detached' })
  }

  /** The texts in the open chat, in order. */
  texts() {
    return this.page.locator('aside .text').allTextContents()
  }

  /** Waits until the last text in the open chat is this one. */
  async readsLast(text) {
    await this.page.locator('aside .text').last().filter({ hasText: text }).waitFor()
  }

  /** Offers files, as { name, mimeType, buffer } or as paths. */
  async offers(...files) {
    await this.page.locator('input[type=file]').setInputFiles(files)
  }

  /** Offers a file of so many bytes, which the page makes. */
  offersBytes(name, length) {
    return this.page.locator('input[type=file]').evaluate(
      (input, { name, length }) => {
        const data = new DataTransfer()
        data.items.add(new File([new Uint8Array(length)], name))
        input.files = data.files
        input.dispatchEvent(new Event('change', { bubbles: true }))
      },
      { name, length },
    )
  }

  /** Picks a file, as the browser lets them. */
  async picksFile(name) {
    const choosing = this.page.waitForEvent('filechooser')
    await this.button('Send files').click()
    const chooser = await choosing
    await chooser.setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(name) })
  }

  /** Drops or pastes a file. Reports whether the browser does with it what it does elsewhere. */
  givesFile(name, event, onto) {
    return this.page.evaluate(
      ({ name, event, onto }) => {
        const data = new DataTransfer()
        data.items.add(new File([name], name))
        const options = { bubbles: true, cancelable: true }
        const happening =
          event === 'paste'
            ? new ClipboardEvent(event, { ...options, clipboardData: data })
            : new DragEvent(event, { ...options, dataTransfer: data })
        return document.querySelector(onto).dispatchEvent(happening)
      },
      { name, event, onto },
    )
  }

  /** The same with a text. */
  pastesText(text) {
    return this.page.evaluate((text) => {
      const data = new DataTransfer()
      data.setData('text/plain', text)
      const options = { bubbles: true, cancelable: true, clipboardData: data }
      return document.querySelector('textarea').dispatchEvent(new ClipboardEvent('paste', options))
    }, text)
  }

  async declines(name) {
    await this.fileCard(name).getByRole('button', { name: 'Decline' }).click()
  }

  /** Accepts a file. Returns the seconds until it has arrived, as the page measures them. */
  async receives(name) {
    await this.fileCard(name).getByRole('button', { name: 'Accept' }).waitFor()
    return this.fileCard(name).evaluate(async (card) => {
      const begun = performance.now()
      card.querySelector('button').click()
      await new Promise((resolve) => {
        const look = () => /Received|Saved/.test(card.textContent) && resolve()
        new MutationObserver(look).observe(card, {
          subtree: true,
          childList: true,
          characterData: true,
        })
        look()
      })
      return (performance.now() - begun) / 1000
    })
  }

  /** Waits until the card of this file says so. */
  async readsOf(name, words) {
    await this.fileCard(name).getByText(words).first().waitFor()
  }

  fileCard(name) {
    return this.page.locator('aside .file').filter({ hasText: name })
  }
}

/**
 * How fast one raw data channel is between two pages, in bytes a second: the same bytes, in
 * the same chunks, over a connection that has nothing else to do. They are sent twice, and
 * the second time counts, since a new connection has not found its speed.
 */
export async function rawRate(from, to, bytes) {
  const offer = await from.page.evaluate(openRaw)
  const answer = await to.page.evaluate(answerRaw, { offer, bytes })
  await from.page.evaluate(connectRaw, answer)
  await from.page.evaluate(sendRaw, bytes)
  const seconds = await from.page.evaluate(sendRaw, bytes)
  for (const { page } of [from, to]) await page.evaluate(() => window.raw.connection.close())
  return bytes / seconds
}

// The following run in the pages.

async function openRaw() {
  const connection = new RTCPeerConnection()
  window.raw = { connection, channel: connection.createDataChannel('raw') }
  await connection.setLocalDescription()
  await gathered(connection)
  return connection.localDescription.sdp

  function gathered(connection) {
    if (connection.iceGatheringState === 'complete') return
    return new Promise((resolve) => {
      connection.onicegatheringstatechange = () =>
        connection.iceGatheringState === 'complete' && resolve()
    })
  }
}

async function answerRaw({ offer, bytes }) {
  const connection = new RTCPeerConnection()
  connection.ondatachannel = ({ channel }) => {
    let received = 0
    channel.binaryType = 'arraybuffer'
    channel.onmessage = ({ data }) => {
      received += data.byteLength
      if (received % bytes === 0) channel.send('all of it')
    }
  }
  window.raw = { connection }
  await connection.setRemoteDescription({ type: 'offer', sdp: offer })
  await connection.setLocalDescription()
  if (connection.iceGatheringState !== 'complete') {
    await new Promise((resolve) => {
      connection.onicegatheringstatechange = () =>
        connection.iceGatheringState === 'complete' && resolve()
    })
  }
  return connection.localDescription.sdp
}

async function connectRaw(answer) {
  const { connection, channel } = window.raw
  await connection.setRemoteDescription({ type: 'answer', sdp: answer })
  if (channel.readyState !== 'open') await new Promise((resolve) => (channel.onopen = resolve))
}

async function sendRaw(bytes) {
  const { channel } = window.raw
  const done = new Promise((resolve) => (channel.onmessage = resolve))
  const chunk = new Uint8Array(65536)
  channel.bufferedAmountLowThreshold = 1024 ** 2
  const begun = performance.now()
  for (let left = bytes; left > 0; left -= chunk.length) {
    if (channel.bufferedAmount > 4 * 1024 ** 2) {
      await new Promise((resolve) => (channel.onbufferedamountlow = resolve))
    }
    channel.send(left < chunk.length ? chunk.subarray(0, left) : chunk)
  }
  await done
  return (performance.now() - begun) / 1000
}
