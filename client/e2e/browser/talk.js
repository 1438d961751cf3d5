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
 * the same chunks, over a connection that has nothing else to do, and has sent as much before,
 * so that it has found its speed.
 */
export async function rawRate(from, to, bytes) {
  const offer = await from.page.evaluate(openRaw)
  const answer = await to.page.evaluate(answerRaw, { offer, bytes })
  const sent = from.page.evaluate(sendRaw, { answer, bytes })
  const seconds = await to.page.evaluate(() => window.raw.received)
  await sent
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
  const received = new Promise((resolve) => {
    connection.ondatachannel = ({ channel }) => {
      let [left, begun] = [2 * bytes, 0]
      channel.binaryType = 'arraybuffer'
      channel.onmessage = ({ data }) => {
        left -= data.byteLength
        if (left <= bytes) begun ||= performance.now()
        if (left > 0) return
        channel.send('done')
        resolve((performance.now() - begun) / 1000)
      }
    }
  })
  window.raw = { connection, received }
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

async function sendRaw({ answer, bytes }) {
  const { connection, channel } = window.raw
  await connection.setRemoteDescription({ type: 'answer', sdp: answer })
  if (channel.readyState !== 'open') await new Promise((resolve) => (channel.onopen = resolve))
  const done = new Promise((resolve) => (channel.onmessage = resolve))
  const chunk = new Uint8Array(65536)
  channel.bufferedAmountLowThreshold = 1024 ** 2
  for (let left = 2 * bytes; left > 0; left -= chunk.length) {
    if (channel.bufferedAmount > 4 * 1024 ** 2) {
      await new Promise((resolve) => (channel.onbufferedamountlow = resolve))
    }
    channel.send(left < chunk.length ? chunk.subarray(0, left) : chunk)
  }
  await done
}
