/* global io */
// What the client of April 2020 does, step for step and with the calls of its
// day (callbacks, an offer from both sides, no queue for early candidates), so
// that a server which serves this page serves that client.
;(async function () {
  'use strict'

  if (!location.hash) location.hash = Math.floor(Math.random() * 0xffffff).toString(16)
  const room = location.hash.slice(1)

  const configuration = { iceServers: [{ urls: 'stun:stun.invalid:3478' }] }
  const response = await fetch('/turn-server-config')
  if (response.status !== 200) throw new Error('no ICE servers, no call')
  configuration.iceServers = (await response.json()).iceServers

  const socket = io.connect()
  socket.emit('create or join', room)
  for (const event of ['created', 'join', 'joined', 'denied', 'locked']) {
    socket.on(event, () => document.body.classList.add(event))
  }

  const connection = new RTCPeerConnection(configuration)
  connection.onicecandidate = ({ candidate }) => candidate && send({ candidate })
  connection.onnegotiationneeded = () => connection.createOffer().then(describe).catch(console.log)
  connection.ontrack = ({ streams: [stream] }) => {
    const video = document.getElementById('remoteVideo')
    if (!video.srcObject || video.srcObject.id !== stream.id) video.srcObject = stream
  }

  navigator.mediaDevices.getUserMedia({ audio: true, video: true }).then((stream) => {
    document.getElementById('localVideo').srcObject = stream
    stream.getTracks().forEach((track) => connection.addTrack(track, stream))
  }, console.log)

  socket.on('message', (message) => {
    if (message.sdp) {
      connection.setRemoteDescription(
        new RTCSessionDescription(message.sdp),
        () => {
          if (connection.remoteDescription.type === 'offer') {
            connection.createAnswer().then(describe).catch(console.log)
          }
        },
        console.log,
      )
    } else if (message.candidate) {
      connection.addIceCandidate(new RTCIceCandidate(message.candidate), () => {}, console.log)
    }
  })

  function describe(description) {
    connection.setLocalDescription(
      description,
      () => {
        send({ sdp: connection.localDescription })
        document.body.classList.add('described')
      },
      console.log,
    )
  }

  function send(message) {
    message.room = room
    socket.emit('message', message)
  }
})()
