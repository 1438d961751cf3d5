// Somebody in the middle, with a browser of their own, who answers in another's place.

/** Opens the attacker's page: an empty one, with the functions below. */
export async function arriveAttacker(browser, origin) {
  const page = await browser.newPage()
  await page.goto(`${origin}/`)
  await page.evaluate(prepare)
  return {
    /** Answers this offer: the SDP, with all candidates. */
    answer: (offer) => page.evaluate((offer) => window.answer(offer), offer),
    /** How far the connection got, and how many frames of the victim were decoded. */
    result: () => page.evaluate(() => window.result()),
    /** Waits until a frame of the victim was decoded. */
    sees: () => page.waitForFunction(async () => (await window.result()).frames > 0),
    close: () => page.close(),
  }
}

function prepare() {
  let pc
  window.answer = async (offer) => {
    pc?.close()
    pc = new RTCPeerConnection()
    await pc.setRemoteDescription({ type: 'offer', sdp: offer })
    const camera = await navigator.mediaDevices.getUserMedia({ video: true })
    for (const track of camera.getTracks()) pc.addTrack(track, camera)
    const gathered = new Promise((resolve) => {
      pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve()
    })
    await pc.setLocalDescription()
    await gathered
    return pc.localDescription.sdp
  }
  window.result = async () => {
    let frames = 0
    if (!pc) return { state: 'new', frames }
    for (const { framesDecoded = 0 } of (await pc.getStats()).values()) frames += framesDecoded
    return { state: pc.connectionState, frames }
  }
}

const lines = /a=fingerprint:[^\r\n]*\r\n/g
const first = (sdp) => /a=fingerprint:sha-256 (\S+)/.exec(sdp)[1]

/**
 * Ways to pass the attacker's answer off as the one of the true participant: `own`
 * is the attacker's, `theirs` is the one that was checked and signed.
 */
export const disguises = {
  'as it is': (own) => own,
  'the true fingerprint first': (own, theirs) =>
    own.replace(/(t=0 0\r\n)/, `$1a=fingerprint:sha-256 ${first(theirs)}\r\n`),
  'its own in capitals': hidden('a=FINGERPRINT:'),
  'its own behind a tab': hidden('a=\tfingerprint:'),
}

/** The true fingerprint in the form that is checked, and the attacker's in one that is not. */
function hidden(start) {
  return (own, theirs) =>
    own
      .replaceAll(lines, `${start}sha-256 ${first(own)}\r\n`)
      .replace(/(t=0 0\r\n)/, `$1a=fingerprint:sha-256 ${first(theirs)}\r\n`)
}
