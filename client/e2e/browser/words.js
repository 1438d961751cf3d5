/** What the pages say, as far as the tests wait for it. */
export const words = {
  private: 'Nobody sees or hears you yet.',
  alone: 'Nobody else is here yet.',
  otherLeft: 'The other person left.',
  youLeft: 'You left the call',
  full: 'This call is full',
  connected: 'You are connected.',
  muted: 'Muted',
  cameraOff: 'Their camera is off',
  serverLost: /The server (cannot be reached|is restarting)/,
  serverAway: 'The server does not answer',
  devicesBlocked: 'Your camera and microphone are blocked',
  verified: 'Verified',
  code: /^Code \d{3} \d{3}$/,
  tampered: 'This call was tampered with',
  noCamera: 'No camera found',
}
