// A page with the client's own check of descriptions, and what a browser makes of them.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from '../../node_modules/typescript/lib/typescript.js'

const client = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Serves an empty page, and the modules of the client's kit as JavaScript. */
export async function serveSources() {
  const server = createServer(({ url }, answer) => {
    const source = /^\/kit\/src\/[\w/-]+\.ts$/.test(url)
      ? readFileSync(join(client, url), 'utf8')
      : ''
    answer.setHeader('content-type', source ? 'text/javascript' : 'text/html')
    const options = { compilerOptions: { target: 'es2022', module: 'esnext' } }
    answer.end(source ? ts.transpileModule(source, options).outputText : '<!doctype html><p>SDP')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

/**
 * Runs in the page: an offer and an answer of this browser, and the fingerprint of
 * somebody else's certificate.
 */
export async function describeCall() {
  const certificate = () =>
    RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' })
  const open = async () => new RTCPeerConnection({ certificates: [await certificate()] })
  window.openOfferer = async () => {
    window.own ??= await certificate()
    const pc = new RTCPeerConnection({ certificates: [window.own] })
    pc.createDataChannel('vidchat', { negotiated: true, id: 0 })
    pc.addTransceiver('audio')
    pc.addTransceiver('video')
    await pc.setLocalDescription(await pc.createOffer())
    return pc
  }
  const [offerer, answerer, other] = [await window.openOfferer(), await open(), await open()]
  const offer = offerer.localDescription.sdp
  await answerer.setRemoteDescription(offerer.localDescription)
  const answer = (await answerer.createAnswer()).sdp
  other.createDataChannel('x')
  const [, evil] = /a=fingerprint:sha-256 (\S+)/.exec((await other.createOffer()).sdp)
  for (const pc of [offerer, answerer, other]) pc.close()
  const { canonical } = await import('/kit/src/trust/canonical.ts')
  return {
    offer,
    answer,
    evil,
    unchanged: canonical(offer) === offer && canonical(answer) === answer,
  }
}

/**
 * Runs in the page: what becomes of each description. `refused` by the client;
 * `rejected` by the browser; `same` or `other` is the fingerprint that the browser reads,
 * beside the one that the client has checked. `fooled`: it differs from what a check of
 * the usual spelling finds in the description as it came.
 */
export async function readDescriptions(type, texts) {
  const { canonical } = await import('/kit/src/trust/canonical.ts')
  const { fingerprintsOf } = await import('/kit/src/rtc/description.ts')
  const results = []
  /** The fingerprints that the browser reads; undefined if it rejects the description. */
  const effective = async (sdp) => {
    const pc = type === 'answer' ? await window.openOfferer() : new RTCPeerConnection()
    try {
      await pc.setRemoteDescription({ type, sdp })
      const all = pc.remoteDescription.sdp.matchAll(/^a=fingerprint:(.*)$/gim)
      return [...new Set([...all].map(([, value]) => value.trim().toLowerCase()))].sort().join()
    } catch {
      return undefined
    } finally {
      pc.close()
    }
  }
  for (const text of texts) {
    const raw = await effective(text)
    const fooled = raw !== undefined && raw !== fingerprintsOf(text)
    const sdp = canonical(text)
    const read = sdp === undefined ? undefined : await effective(sdp)
    const same = read === (sdp && fingerprintsOf(sdp))
    const result =
      sdp === undefined ? 'refused' : read === undefined ? 'rejected' : same ? 'same' : 'other'
    results.push({ result, fooled })
  }
  return results
}
